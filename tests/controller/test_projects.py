"""From a project to a solution to a container: one Dockerfile for all who ask, nobody's work overwritten."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from console.cli.main import main
from controller.errors import ServiceError
from desired_state.tekton import projects
from tests.controller.running import Host, Json, Running

FILES = {
    "index.html": "<!doctype html><title>Hello</title>",
    "style.css": "body { margin: 0 }",
}


@pytest.fixture
def shop(folder: Path) -> Path:
    """A small site that nobody has made a Dockerfile for."""
    for name, text in FILES.items():
        (folder / "shop" / name).parent.mkdir(exist_ok=True)
        (folder / "shop" / name).write_text(text)
    return folder / "shop"


def project(shop: Path, **spec: Any) -> Json:
    return {
        "apiVersion": "ergon/v1",
        "kind": "Project",
        "metadata": {"name": "shop", "namespace": "web"},
        "spec": {"path": str(shop), **spec},
    }


def solution(**spec: Any) -> Json:
    return {
        "apiVersion": "ergon/v1",
        "kind": "Solution",
        "metadata": {"name": "api", "namespace": "web"},
        "spec": {"context": "/src", **spec},
    }


def committed(folder: Path) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run(["git", "-C", str(folder), *who, *words], check=True)


async def test_a_dockerfile_is_made_saved_and_registered(running: Running, shop: Path) -> None:
    await running.service.apply(documents=[project(shop, id="p-1")])

    made = await running.service.generate(name="p-1")
    [known] = (await running.service.solutions())["solutions"]

    assert {"dockerfile", "analysis", "ergon_registered"} <= made.keys()
    assert made["ergon_registered"]
    assert (shop / "Dockerfile").read_text() == made["dockerfile"]
    assert (known["name"], known["spec"]["context"]) == ("shop", str(shop))
    assert known["spec"]["provenance"]["project"] == "shop"
    assert len(known["spec"]["provenance"]["content"]) == 64


async def test_the_command_line_and_the_endpoint_give_the_same_dockerfile(
    running: Running, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await running.service.apply(documents=[project(shop, docker={"port": 8123})])

    made = await running.service.generate(name="shop", save=False)
    main.main(["dockerfile", str(shop), "--port", "8123"], standalone_mode=False)
    printed = capsys.readouterr().out
    main.main(["dockerfile", str(shop), "--port", "8123", "--state", "--write"], standalone_mode=False)

    assert made["dockerfile"] == printed == (shop / "Dockerfile").read_text()
    assert "8123" in printed


async def test_what_was_written_by_hand_is_kept_unless_that_is_meant(running: Running, shop: Path) -> None:
    (shop / "Dockerfile").write_text("FROM mine\n")
    await running.service.apply(documents=[project(shop)])

    made = await running.service.generate(name="shop")
    kept = (shop / "Dockerfile").read_text()
    forced = await running.service.generate(name="shop", force=True)

    assert [one["path"] for one in made["kept"]] == ["Dockerfile"]
    assert "-FROM mine" in made["kept"][0]["diff"]
    assert kept == "FROM mine\n"
    assert "Dockerfile" in forced["written"]


async def test_the_same_project_gives_the_same_solution(running: Running, shop: Path) -> None:
    await running.service.apply(documents=[project(shop)])

    first = await running.service.generate(name="shop")
    again = await running.service.generate(name="shop")

    assert (first["outcome"], again["outcome"]) == ("created", "unchanged")
    assert again["written"] == []


async def test_what_people_said_about_a_solution_outlives_a_new_one(running: Running, shop: Path) -> None:
    await running.service.apply(documents=[project(shop)])
    await running.service.generate(name="shop")
    [known] = (await running.service.solutions())["solutions"]
    said = {**known["spec"], "image": "registry/shop", "container_ci": {"enabled": False}}
    await running.service.apply(
        documents=[{**solution(), "metadata": {"name": "shop", "namespace": "web"}, "spec": said}]
    )

    await running.service.generate(name="shop")
    [after] = (await running.service.solutions())["solutions"]

    assert (after["spec"]["image"], after["spec"]["container_ci"]) == ("registry/shop", {"enabled": False})


@pytest.mark.parametrize(("name", "status"), [("nosuch", 404), ("project/nosuch", 404)])
async def test_an_unknown_project_is_not_found(running: Running, name: str, status: int) -> None:
    with pytest.raises(ServiceError) as refused:
        await running.service.generate(name=name)

    assert refused.value.status == status


async def test_a_project_that_is_not_understood_says_what_came_close(running: Running, folder: Path) -> None:
    (folder / "odd").mkdir()
    (folder / "odd" / "requirments.txt").write_text("flask\n")
    await running.service.apply(documents=[project(folder / "odd")])

    with pytest.raises(ServiceError) as refused:
        await running.service.generate(name="shop")

    assert refused.value.status == 422
    assert refused.value.problems[0]["error"] == "unknown"


async def test_a_repository_is_cloned_for_it(running: Running, host: Host, shop: Path) -> None:
    committed(shop)
    document = project(shop, git=f"file://{shop}", branch="main")
    del document["spec"]["path"]
    await running.service.apply(documents=[document])

    made = await running.service.generate(name="shop")
    [known] = (await running.service.solutions())["solutions"]

    assert made["written"] == ["Dockerfile", ".dockerignore"]
    assert known["spec"]["context"] == str(host.state_dir / "projects" / "web" / "shop" / "shop")
    assert len(known["spec"]["provenance"]["revision"]) == 40
    assert not (shop / "Dockerfile").exists()


async def test_images_are_known_by_the_solution_they_were_built_of(host: Host, running: Running, shop: Path) -> None:
    await running.service.apply(documents=[project(shop)])
    await running.service.generate(name="shop")

    answers = await running.service.image_build(build={}, solution="shop", rules=["latest", "hash"])
    *_, last = [one async for one in answers]
    [known] = (await running.service.solutions())["solutions"]

    assert last["done"]["references"][0] == "web/shop:latest"
    assert [image["references"] for image in known["images"]] == [sorted(last["done"]["references"])]


async def test_a_launch_is_shown_and_then_declared(host: Host, running: Running) -> None:
    await running.service.apply(documents=[solution(exposed_ports=[18000], volumes=["/data"], needs=["postgres"])])

    shown = await running.service.launch(name="api", image="shop/web:1", dry_run=True)
    done = await running.service.launch(name="api", image="shop/web:1")
    await running.until_ready()

    assert shown["documents"] == done["documents"]
    assert shown["results"] == []
    assert [one["kind"] for one in done["results"]] == ["Network", "Volume", "Container"]
    assert "postgres" in shown["notes"][0]
    assert host.state("web-api-1") == "running"


async def test_a_port_that_somebody_declares_is_not_given_again(running: Running) -> None:
    await running.service.apply(documents=[solution(exposed_ports=[18000])])
    await running.service.launch(name="api", image="shop/web:1")

    again = await running.service.launch(name="api", image="shop/web:1", called="other", dry_run=True)

    [container] = again["documents"]
    assert container["spec"]["ports"] == ["18001:18000"]


def test_what_is_imported_from_tekton_keeps_its_ids() -> None:
    text = json.dumps(
        {
            "version": "1.0",
            "projects": [
                {
                    "id": "p1",
                    "name": "The Shop",
                    "local_directory": "/src/shop",
                    "github_url": "https://example.com/a/shop.git",
                },
                {"id": "p2", "name": "the shop", "local_directory": "/src/b"},
                {"id": "p3", "name": "Nowhere"},
                "x",
            ],
        }
    )

    found = projects(text, "tekton")

    [shop] = found.resources
    assert str(shop.key) == "project/tekton/the-shop"
    assert shop.spec.declared() == {
        "id": "p1",
        "title": "The Shop",
        "path": "/src/shop",
        "git": "https://example.com/a/shop.git",
    }
    assert len(found.left_out) == 3


async def test_solutions_are_listed_while_docker_is_away(host: Host, running: Running, shop: Path) -> None:
    await running.service.apply(documents=[project(shop)])
    await running.service.generate(name="shop")
    host.engine.daemon.stop()

    [known] = (await running.service.solutions())["solutions"]

    assert known["images"] is None
