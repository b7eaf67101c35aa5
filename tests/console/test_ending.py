"""`ergon delete` with its cascades, `ergon volume recreate`, and what a prune is told of folders."""

from pathlib import Path
from typing import Any

import pytest

from tests.console.canned import FakeController, run

STATE_FILE = """
apiVersion: ergon/v1
kind: Container
metadata: {name: web, namespace: shop}
spec: {image: "shop/web:1.5"}
"""


def outcome(name: str, what: str, kind: str = "Container", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "namespace": "shop", "name": name, "outcome": what, "generation": 1, **more}


def test_delete_leaves_what_was_made_alone_when_asked_to() -> None:
    controller = FakeController(delete={"results": [outcome("web", "deleting")]})

    result = run(controller, "delete", "web", "--cascade=orphan")

    (asked,) = controller.asked_for("delete")
    assert (result.exit_code, asked["cascade"], asked["force"]) == (0, "orphan", False)


def test_delete_by_force_says_what_is_left() -> None:
    left = ["shop-web-1 (3f2a91c0d4e7)"]
    controller = FakeController(delete={"results": [outcome("web", "dropped", left_behind=left)]})

    result = run(controller, "delete", "web", "--force")

    assert result.stdout == "container/shop/web dropped\n"
    assert "note: left in Docker, managed by nobody: shop-web-1 (3f2a91c0d4e7)" in result.stderr


def test_a_cascade_that_is_none_is_refused_with_those_there_are() -> None:
    result = run(FakeController(), "delete", "web", "--cascade=sideways")

    assert result.exit_code == 1
    assert "'background', 'foreground', 'orphan'" in result.stderr


def test_a_volume_is_not_made_anew_unless_somebody_said_so() -> None:
    controller = FakeController(recreate_volume={"results": [outcome("data", "recreating", "Volume")]})

    refused = run(controller, "volume", "recreate", "data", stdin="")
    assert (refused.exit_code, controller.asked_for("recreate_volume")) == (1, [])
    assert "--yes" in refused.stderr

    done = run(controller, "volume", "recreate", "data", "--yes")
    assert done.stdout == "volume/shop/data recreating\n"


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_prune_is_told_the_folders_that_were_read(tmp_path: Path, slash: str) -> None:
    (tmp_path / "web.yaml").write_text(STATE_FILE)
    controller = FakeController(apply={"results": [outcome("web", "created")], "resource_version": 7})

    run(controller, "apply", f"{tmp_path}{slash}", "--prune")

    (asked,) = controller.asked_for("apply")
    assert asked["sources"] == [str(tmp_path / "web.yaml"), f"{tmp_path}/"]
