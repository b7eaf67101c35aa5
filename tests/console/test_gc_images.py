"""`ergon gc images`: what can go, what stays and why, and nothing removed unless that is said."""

import json
from typing import Any

import pytest

from tests.console.canned import FakeController, run


def image(reference: str, outcome: str = "removable", reason: str = "", size: int = 12_345_678) -> dict[str, Any]:
    return {
        "image_id": "sha256:1",
        "references": [reference],
        "origin": "pulled",
        "size": size,
        "outcome": outcome,
        "reason": reason,
    }


def answer(*images: dict[str, Any]) -> dict[str, Any]:
    going = ("removed", "removable")
    return {"images": list(images), "bytes": sum(one["size"] for one in images if one["outcome"] in going)}


def test_what_can_go_is_shown_with_what_stays_and_why() -> None:
    controller = FakeController(
        collect_images=answer(image("shop/web:1"), image("shop/web:2", "kept", "container shop-web-1 uses it"))
    )

    result = run(controller, "gc", "images")

    assert result.exit_code == 0
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["IMAGE", "SIZE", "OUTCOME", "WHY"],
        ["shop/web:1", "12.3", "MB", "removable"],
        ["shop/web:2", "12.3", "MB", "kept", "container", "shop-web-1", "uses", "it"],
    ]
    assert result.stderr == "1 image can go, 12.3 MB; `ergon gc images --confirm` removes them\n"


@pytest.mark.parametrize(
    ("arguments", "confirm", "older_than"),
    [
        ([], False, 0.0),
        (["--confirm"], True, 0.0),
        (["--dry-run"], False, 0.0),
        (["--confirm", "--dry-run"], False, 0.0),
        (["--confirm", "--older-than", "7d"], True, 604800.0),
    ],
)
def test_only_a_confirmation_removes_anything(arguments: list[str], confirm: bool, older_than: float) -> None:
    controller = FakeController(collect_images=answer())

    run(controller, "gc", "images", *arguments)

    [asked] = controller.asked_for("collect_images")
    assert (asked["confirm"], asked["older_than_s"]) == (confirm, older_than)


def test_what_was_removed_is_summed_up() -> None:
    controller = FakeController(collect_images=answer(image("a:1", "removed"), image("b:1", "removed")))

    result = run(controller, "gc", "images", "--confirm")

    assert result.stdout.splitlines()[-1] == "Removed 2 images, 24.7 MB."


def test_where_nothing_can_go_that_is_said() -> None:
    assert run(FakeController(collect_images=answer()), "gc", "images").stdout == "Nothing can go.\n"


def test_a_program_gets_the_answer_as_it_is() -> None:
    said = answer(image("shop/web:1"))

    assert json.loads(run(FakeController(collect_images=said), "gc", "images", "--json").stdout) == said
