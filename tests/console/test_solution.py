"""`ergon project` and `ergon solution`: what is declared, what is shown first, what people are told."""

from pathlib import Path
from typing import Any

import pytest

from tests.console.canned import FakeController, run

PROJECT: dict[str, Any] = {
    "kind": "Project",
    "namespace": "web",
    "name": "shop",
    "generation": 1,
    "id": "p-1",
    "solutions": ["shop"],
    "spec": {"path": "/src/shop", "git": "https://example.com/shop.git", "docker": {"port": 8000}},
}
SOLUTION: dict[str, Any] = {
    "kind": "Solution",
    "namespace": "web",
    "name": "shop",
    "generation": 1,
    "images": [],
    "spec": {
        "context": "/src/shop",
        "exposed_ports": ["8000"],
        "environment": {"API_KEY": None},
        "provenance": {"project": "shop"},
    },
}
PLAN: dict[str, Any] = {
    "documents": [
        {
            "apiVersion": "ergon/v1",
            "kind": "Container",
            "metadata": {"name": "shop", "namespace": "web"},
            "spec": {"image": "web/shop:1", "ports": ["8001:8000"]},
        }
    ],
    "notes": ["it needs postgres"],
    "results": [],
}
APPLIED = {"results": [], "resource_version": 1, "warnings": []}


def test_a_folder_becomes_a_project_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "My Shop").mkdir()
    controller = FakeController(apply=APPLIED)

    run(controller, "project", "add", str(tmp_path / "My Shop"), "-n", "web", "--id", "p-1", "--port", "8000")

    [document] = controller.asked_for("apply")[0]["documents"]
    assert document["metadata"] == {"name": "my-shop", "namespace": "web"}
    assert document["spec"] == {"id": "p-1", "path": str(tmp_path / "My Shop"), "docker": {"port": 8000}}


@pytest.mark.parametrize("address", ["https://example.com/a/shop.git", "git@example.com:a/shop.git"])
def test_an_address_becomes_a_project_by_its_last_part(address: str) -> None:
    controller = FakeController(apply=APPLIED)

    run(controller, "project", "add", address)

    [document] = controller.asked_for("apply")[0]["documents"]
    assert (document["metadata"]["name"], document["spec"]) == ("shop", {"git": address})


def test_a_folder_that_is_not_there_is_no_project() -> None:
    result = run(FakeController(), "project", "add", "/no/such/folder")

    assert result.exit_code == 1
    assert result.stderr.startswith("error: there is no folder /no/such/folder\nhint: ")


def test_projects_and_solutions_are_listed() -> None:
    controller = FakeController(projects={"projects": [PROJECT]}, solutions={"solutions": [SOLUTION]})

    projects, solutions = run(controller, "project", "list"), run(controller, "solution", "list")

    assert projects.stdout.splitlines()[1].split() == [
        *("web", "shop", "p-1", "shop"),
        *("/src/shop", "of", "https://example.com/shop.git"),
    ]
    assert solutions.stdout.splitlines()[1].split()[:5] == ["web", "shop", "shop", "8000", "none;"]


def test_a_solution_shows_what_has_to_be_given() -> None:
    result = run(FakeController(solutions={"solutions": [SOLUTION]}), "solution", "show", "shop")

    assert "API_KEY=(to be given)" in result.stdout


def test_a_launch_shows_what_it_declares_and_then_does_so() -> None:
    controller = FakeController(launch=PLAN, apply=APPLIED)

    result = run(controller, "solution", "launch", "shop", "-e", "A=1", "-p", "8001:8000", "--yes")

    [asked] = controller.asked_for("launch")
    assert (asked["dry_run"], asked["environment"], asked["ports"]) == (True, {"A": "1"}, {"8000": 8001})
    assert "kind: Container" in result.stderr
    assert "note: it needs postgres" in result.stderr
    assert controller.asked_for("apply")[0]["documents"] == PLAN["documents"]


@pytest.mark.parametrize("option", ["--dry-run", None])
def test_a_launch_that_nobody_agreed_to_declares_nothing(option: str | None) -> None:
    controller = FakeController(launch=PLAN, apply=APPLIED)

    run(controller, "solution", "launch", "shop", *([option] if option else []))

    assert controller.asked_for("apply") == []


def test_what_was_kept_of_a_hand_is_shown() -> None:
    analysis = {"language": "go", "language_version": {"value": "1.22"}, "framework": "", "ports": [{"port": 8000}]}
    analysis |= {"env": [{"name": "KEY", "required": True}], "services": [], "base_images": {"run": "debian"}}
    made = {
        "dockerfile": "FROM x\n",
        "analysis": analysis,
        "written": [".dockerignore"],
        "kept": [{"path": "Dockerfile", "diff": "-FROM mine\n+FROM x\n"}],
        "solution": {"kind": "Solution", "namespace": "web", "name": "shop"},
        "outcome": "created",
    }

    result = run(FakeController(generate=made), "project", "generate", "shop")

    assert "Wrote .dockerignore." in result.stdout
    assert "-FROM mine" in result.stderr
    assert "kept Dockerfile, which was written by hand; --force replaces it" in result.stderr
