"""From a folder to a running, answering container on a real engine: project, solution, image, launch."""

from pathlib import Path

import pytest

from tests.e2e.harness import Ergon, wait_for
from tests.e2e.registry import free_port

pytestmark = pytest.mark.docker


def test_a_project_becomes_a_container_that_is_ready(ergon: Ergon, image: str, tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "index.html").write_text("<h1>hello</h1>")
    serving = f'ENTRYPOINT ["httpd", "-f", "-p", "{port}", "-h", "/site"]\nCMD []\n'
    (tmp_path / "Dockerfile").write_text(f"FROM {image}\nCOPY . /site\nEXPOSE {port}\n{serving}")
    scope = ("-n", ergon.namespace)

    added = ergon.run("project", "add", str(tmp_path), "--name", "site", "--port", str(port), *scope)
    made = ergon.run("project", "generate", "site", "--json", *scope).json
    built = ergon.run("solution", "build", "site", *scope)
    launched = ergon.run("solution", "launch", "site", "--yes", *scope)
    row = wait_for(lambda: ready(ergon), "the container to be ready", ergon.what_is_left)
    [known] = ergon.run("solution", "list", "--json", *scope).json["solutions"]
    removed = ergon.run("delete", "container/site", *scope)
    wait_for(lambda: ready(ergon) is None, "the container to go")
    ergon.run("image", "rm", f"{ergon.namespace}/site:latest")

    assert (added.code, built.code, launched.code, removed.code) == (0, 0, 0, 0), built.stderr + launched.stderr
    assert made["ergon_registered"]
    assert [one["path"] for one in made["kept"]] == ["Dockerfile"]
    assert row["running"] == 1
    assert known["images"][0]["references"] == [f"{ergon.namespace}/site:latest"]
    assert known["spec"]["base_image"] == image


def ready(ergon: Ergon) -> dict[str, object] | None:
    rows = ergon.run("status", "-n", ergon.namespace, "--json").json["resources"]
    return next((row for row in rows if row["kind"] == "Container" and row["ready"]), None)
