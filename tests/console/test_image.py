"""`ergon image`: what is asked of the engine, and how long work and its end are shown."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.console.canned import FakeController, run

ID = "sha256:5f2c1ab0c4d3" + "0" * 52
DONE = {"done": {"image": ID, "references": ["web:latest", "web:1.4"], "size": 45_100_000, "content": "", "pushed": []}}
FAILED = {
    "failed": {
        "message": "cannot build web:latest\nDockerfile:5: RUN pip install .\nthe program pg_config is missing",
        "hint": "install libpq-dev before this step",
        "status": 400,
        "failure": None,
    }
}
ROW: dict[str, Any] = {
    "id": ID,
    "references": ["shop/web:1", "shop/web:2"],
    "digests": [],
    "size": 45_100_000,
    "created": "2026-05-04T10:00:00Z",
    "solution": "",
    "used_by": ["shop-web-1", "shop-web-2"],
}


def test_a_build_shows_what_is_said_and_what_came_of_it() -> None:
    said = [{"building": "web:latest"}, {"step": "Step 1/1 : RUN make"}, {"line": "cc \x1b[2Jmain.c"}, DONE]

    result = run(FakeController(image_build=said), "image", "build", ".")

    assert result.exit_code == 0
    assert result.stderr.splitlines() == ["Building web:latest", "Step 1/1 : RUN make", "cc \\x1b[2Jmain.c"]
    assert result.stdout == "Built web:latest, web:1.4 (5f2c1ab0c4d3, 45.1 MB).\n"


def test_a_failed_build_ends_with_its_explanation() -> None:
    result = run(FakeController(image_build=[FAILED]), "image", "build", ".")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "error: cannot build web:latest",
        "  Dockerfile:5: RUN pip install .",
        "  the program pg_config is missing",
        "hint: install libpq-dev before this step",
    ]


def test_what_is_asked_for_is_what_is_built(tmp_path: Path) -> None:
    controller = FakeController(image_build=[DONE])

    run(
        controller,
        *("image", "build", str(tmp_path), "-t", "shop/web", "--tags", "latest,sprint=one", "--version", "1.4"),
        *("-f", "Dockerfile.web", "--build-arg", "A=1", "--platform", "linux/arm64", "--no-cache"),
    )

    [asked] = controller.asked_for("image_build")
    assert asked == {
        "build": {
            "context": str(tmp_path.resolve()),
            "dockerfile": "Dockerfile.web",
            "args": {"A": "1"},
            "platform": "linux/arm64",
            "no_cache": True,
        },
        "names": ["shop/web"],
        "rules": ["latest", "sprint=one"],
        "version": "1.4",
        "push": False,
        "solution": "",
        "namespace": None,
    }


@pytest.mark.parametrize(
    "arguments", [["--platform", "linux/amd64,linux/arm64"], ["--build-arg", "ERGON_UNSET"], ["--secret", "id=a"]]
)
def test_what_can_not_be_built_is_refused_before_anything_is_asked(arguments: list[str]) -> None:
    controller = FakeController(image_build=[DONE])

    result = run(controller, "image", "build", ".", *arguments)

    assert result.exit_code == 1
    assert controller.asked_for("image_build") == []


def test_a_secrets_file_is_named_from_the_root_on() -> None:
    controller = FakeController(image_build=[DONE])

    run(controller, "image", "build", ".", "--secret", "id=npm,src=token")

    assert controller.asked_for("image_build")[0]["build"]["secrets"] == [f"id=npm,src={Path.cwd()}/token"]


def test_programs_get_one_line_of_json_for_each_thing_said() -> None:
    result = run(FakeController(image_pull=[{"layers": "1 of 2 layers"}, DONE]), "image", "pull", "web:1", "--json")

    assert [json.loads(line) for line in result.stdout.splitlines()] == [{"layers": "1 of 2 layers"}, DONE]


def test_of_layers_only_what_is_new_is_told_where_there_is_no_terminal() -> None:
    far = [{"layers": f"1 of 2 layers, {n} of 9 MB"} for n in range(9)] + [{"layers": "2 of 2 layers"}]

    result = run(FakeController(image_pull=[*far, DONE]), "image", "pull", "web:1")

    assert result.stderr.splitlines() == ["1 of 2 layers, 0 of 9 MB", "2 of 2 layers"]


def test_images_are_listed_by_name() -> None:
    result = run(FakeController(images={"images": [ROW]}), "image", "list")

    assert [line.split() for line in result.stdout.splitlines()] == [
        ["IMAGE", "ID", "SIZE", "AGE", "USED", "BY"],
        ["shop/web:1", "5f2c1ab0c4d3", "45.1", "MB", "2h", "shop-web-1", "and", "1", "more"],
        ["shop/web:2", "5f2c1ab0c4d3", "45.1", "MB", "2h", "shop-web-1", "and", "1", "more"],
    ]
