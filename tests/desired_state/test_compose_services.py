"""Real Compose services validate as container specs and mean what Compose says they mean."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from desired_state.container import ContainerSpec
from desired_state.env_files import parsed
from desired_state.interpolation import Interpolation

CORPUS = Path(__file__).parents[3] / "shared" / "data" / "compose"
PROJECTS = sorted(path.parent for path in CORPUS.glob("*/expected.json"))
NOT_OURS = {"build", "profiles", "extends", "attach", "develop"}

pytestmark = pytest.mark.skipif(not PROJECTS, reason="the corpus of Compose files is not here")


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_services_mean_what_compose_says(project: Path) -> None:
    expected = json.loads((project / "expected.json").read_text())["services"]

    for name, service in services(project).items():
        spec = ContainerSpec.model_validate(service).declared()
        answer = {key: value for key, value in expected[name].items() if key in service}

        assert ports(spec) == ports(answer)
        assert mounts(spec) == mounts(answer)
        assert spec.get("depends_on", {}).keys() == answer.get("depends_on", {}).keys()
        assert spec.get("expose") == answer.get("expose")
        assert spec.get("command") == answer.get("command")
        for variable, value in spec.get("environment", {}).items():
            assert value is None or expected[name]["environment"][variable] == value


def services(project: Path) -> dict[str, dict[str, Any]]:
    (file,) = (path for path in project.iterdir() if path.suffix in {".yaml", ".yml"})
    declared = yaml.safe_load(file.read_text())["services"]
    variables = Interpolation(variables_beside(project))
    return {
        name: interpolated({"image": "built"} | {key: service[key] for key in service.keys() - NOT_OURS}, variables)
        for name, service in declared.items()
    }


def variables_beside(project: Path) -> dict[str, str]:
    file = project / ".env"
    text = file.read_text() if file.exists() else ""
    return {name: variable.value for name, variable in parsed(text, {}).items()}


def interpolated(value: Any, variables: Interpolation) -> Any:
    if isinstance(value, dict):
        return {key: interpolated(inner, variables) for key, inner in value.items()}
    if isinstance(value, list):
        return [interpolated(inner, variables) for inner in value]
    return variables(value) if isinstance(value, str) else value


def ports(service: dict[str, Any]) -> set[tuple[Any, ...]]:
    return {
        (port["target"], port.get("published"), port.get("protocol", "tcp"), port.get("host_ip"))
        for port in service.get("ports", [])
    }


def mounts(service: dict[str, Any]) -> list[tuple[Any, ...]]:
    found = service.get("volumes", [])
    # Compose prints paths absolute; where they start is the loader's business.
    named = [mount.get("source") if mount["type"] == "volume" else None for mount in found]
    return sorted(
        (mount["target"], mount["type"], source or "", mount.get("read_only", False), *sorted(mount.get("bind", {})))
        for mount, source in zip(found, named, strict=True)
    )
