"""Real Compose files become what Docker Compose itself makes of them."""

from pathlib import Path
from typing import Any

import pytest

from desired_state.container import ContainerSpec
from desired_state.loader import Loaded, load
from engine.protocol import NewContainer
from engine.specs import as_declared, container_fields

FILES = Path(__file__).resolve().parents[4] / "shared" / "data" / "compose"
PROJECTS = sorted(path.name for path in FILES.glob("*/")) if FILES.is_dir() else []

pytestmark = pytest.mark.skipif(not PROJECTS, reason="the real files are not here")


@pytest.mark.parametrize("project", PROJECTS)
def test_a_real_file_is_what_compose_makes_of_it(project: str, tmp_path: Path) -> None:
    folder = FILES / project
    file = next(path for path in sorted(folder.iterdir()) if path.stem.endswith("compose"))
    canonical = tmp_path / "compose.json"
    canonical.write_text(
        (folder / "expected.json").read_text().replace("$PROJECT_DIR", str(folder)).replace("$HOME", "/root")
    )

    ours, theirs = read(file), read(canonical)

    assert shapes(ours) == shapes(theirs)


def read(file: Path) -> Loaded:
    return load([file], environment={"HOME": "/root"}, namespace="app")


def shapes(loaded: Loaded) -> dict[str, Any]:
    """Return what each container would be in Docker, and the rest as it is declared."""
    found: dict[str, Any] = {}
    for resource in loaded.resources:
        spec = resource.spec
        if not isinstance(spec, ContainerSpec):
            found[str(resource.key)] = meaning(spec.declared(), resource.key.namespace, resource.key.name)
            continue
        new = NewContainer(
            resource.key.name,
            spec,
            str(spec.image),
            networks={name: name for name in sorted(spec.joins)},
            aliases=(resource.key.name,),
            parents={name: name for name in spec.depends_on} | {"x": "x"},
        )
        fields = container_fields(as_declared(new, (1, 51)))
        needs = {name: one.condition for name, one in spec.depends_on.items()}
        files = [[one.source for one in files or ()] for files in (spec.secrets, spec.configs)]
        found[str(resource.key)] = (fields, needs, spec.effective_restart, spec.replica_count, str(spec.image), files)
    return found


def meaning(declared: dict[str, Any], namespace: str, name: str) -> dict[str, Any]:
    """Return a declaration without what says the default: Compose writes names, dockerfiles and empty maps out."""
    usual = {"name": f"{namespace}_{name}", "dockerfile": "Dockerfile"}
    found = {key: meaning(value, "", "") if isinstance(value, dict) else value for key, value in declared.items()}
    return {
        key: value for key, value in found.items() if value not in (None, {}, [], False) and usual.get(key) != value
    }
