"""`ergon image` on a real engine and registry: built, named, pushed, pulled back; and a failure explained."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.harness import Ergon
from tests.e2e.registry import PROGRAM, Registry

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(PROGRAM is None, reason="there is no docker-registry (apt-get install docker-registry)"),
]


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    with closing(Registry()) as registry:
        yield registry


def test_an_image_is_built_pushed_removed_and_pulled_back(
    registry: Registry, ergon: Ergon, image: str, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {image}\nLABEL made=here\n")
    name = f"{registry.address}/{ergon.namespace}/web"

    built = ergon.run(
        "image", "build", str(tmp_path), "-t", name, "--tags", "latest,version,hash", "--version", "1.4", "--push"
    )
    listed = ergon.run("image", "list", name, "--json").json["images"]
    [one] = listed
    removed = ergon.run("image", "rm", *one["references"])
    pulled = ergon.run("image", "pull", f"{name}:1.4")
    again = ergon.run("image", "inspect", f"{name}:1.4", "--json").json
    ergon.run("image", "rm", f"{name}:1.4")

    assert built.code == 0, built.stderr
    assert f"Pushed {name}:1.4." in built.stdout
    assert {reference.rpartition(":")[2] for reference in one["references"]} > {"latest", "1.4"}
    assert (removed.code, pulled.code) == (0, 0)
    assert again["id"] == one["id"]
    assert again["labels"]["made"] == "here"


def test_a_failed_build_is_explained_by_a_running_controller(ergon: Ergon, image: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {image}\n\nRUN echo so far\nRUN pg_config --version\n")

    failed = ergon.run("image", "build", str(tmp_path), "-t", ergon.namespace)

    assert failed.code == 1
    assert failed.stderr.splitlines()[-5:] == [
        f"error: cannot build {ergon.namespace}:latest",
        "  Dockerfile:4: RUN pg_config --version",
        "  the program pg_config is missing; Debian has it in libpq-dev",
        "  > /bin/sh: pg_config: not found",
        "hint: install libpq-dev before this step",
    ]
