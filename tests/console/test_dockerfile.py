"""`ergon dockerfile`: what it prints, what it writes and never writes, and how it ends."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from console.cli.main import main

PAGE = {"index.html": "<title>Hello</title>"}


def put(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def run(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["dockerfile", str(folder), *options])


def test_printing_writes_nothing(tmp_path: Path) -> None:
    put(tmp_path, PAGE)

    result = run(tmp_path)

    assert result.exit_code == 0
    assert "\nFROM nginxinc/nginx-unprivileged:" in result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_what_was_written_fits_and_is_written_anew_without_a_word(tmp_path: Path) -> None:
    put(tmp_path, PAGE)

    assert run(tmp_path, "--write").exit_code == 0
    assert (tmp_path / "Dockerfile").read_text() == run(tmp_path).stdout
    assert run(tmp_path, "--check").exit_code == 0
    assert "Dockerfile: unchanged" in run(tmp_path, "--write").stdout


def test_a_project_that_has_changed_no_longer_fits(tmp_path: Path) -> None:
    put(tmp_path, PAGE)
    run(tmp_path, "--write")
    (tmp_path / "index.html").rename(tmp_path / "start.html")
    put(tmp_path, {"public/index.html": ""})

    result = run(tmp_path, "--check", "--json")

    assert result.exit_code == 2
    assert json.loads(result.stdout)["fits"] is False


@pytest.mark.parametrize("change", ["FROM nginx\nCOPY . /usr/share/nginx/html\n", None])
def test_what_somebody_wrote_is_replaced_only_by_force(tmp_path: Path, change: str | None) -> None:
    put(tmp_path, PAGE)
    run(tmp_path, "--write")
    theirs = change or (tmp_path / "Dockerfile").read_text() + "# ours\n"
    put(tmp_path, {"Dockerfile": theirs})

    refused = run(tmp_path, "--write")

    assert refused.exit_code == 1
    assert "error: Dockerfile was written or changed by hand" in refused.stderr
    assert (tmp_path / "Dockerfile").read_text() == theirs
    assert run(tmp_path, "--write", "--force").exit_code == 0
    assert (tmp_path / "Dockerfile").read_text().startswith("# Written by `ergon dockerfile`")


def test_lines_of_a_dockerignore_are_never_lost(tmp_path: Path) -> None:
    put(tmp_path, {**PAGE, ".dockerignore": "# mine\nnotes.txt\n!keep.log\n"})

    run(tmp_path, "--write")
    run(tmp_path, "--write")

    lines = (tmp_path / ".dockerignore").read_text().splitlines()
    assert lines[-3:] == ["# mine", "notes.txt", "!keep.log"]
    assert lines.count("notes.txt") == lines.count("**/node_modules") == 1


def test_a_file_is_never_written_through_a_link_out_of_the_project(tmp_path: Path) -> None:
    outside = put(tmp_path / "outside", {"target": "theirs"})
    project = put(tmp_path / "project", PAGE)
    (project / "Dockerfile").symlink_to(outside / "target")

    result = run(project, "--write", "--force")

    assert result.exit_code == 1
    assert (outside / "target").read_text() == "theirs"


def test_several_applications_are_listed(tmp_path: Path) -> None:
    put(tmp_path, {"shop/index.html": "", "admin/index.html": ""})

    listed = run(tmp_path)
    one = run(tmp_path, "--app", "shop", "--analyse", "--json")

    assert listed.exit_code == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()[1:]] == ["admin", "shop"]
    assert json.loads(one.stdout)["root"] == "shop"
    assert [each["root"] for each in json.loads(run(tmp_path, "--analyse", "--json").stdout)["apps"]] == [
        "admin",
        "shop",
    ]


def test_what_is_no_project_says_what_came_near(tmp_path: Path) -> None:
    put(tmp_path, {"requirments.txt": "flask"})

    for_people, for_programs = run(tmp_path), run(tmp_path, "--json")

    assert for_people.exit_code == for_programs.exit_code == 1
    assert "requirments.txt looks like requirements.txt" in for_people.stderr
    assert json.loads(for_programs.stdout)["error"] == "unknown"


def test_what_the_user_says_goes_first(tmp_path: Path) -> None:
    put(tmp_path, PAGE)

    made = run(
        tmp_path, "--port", "9090", "--command", "nginx -g 'daemon off;'", "--base", "debian:bookworm-slim"
    ).stdout

    assert "\nFROM debian:bookworm-slim AS run\n" in made
    assert "\nEXPOSE 9090\n" in made
    assert made.endswith('CMD ["nginx", "-g", "daemon off;"]\n')


def test_a_mirror_goes_before_the_base_images(tmp_path: Path) -> None:
    put(tmp_path, PAGE)

    assert "\nFROM mirror.lan/hub/nginxinc/nginx-unprivileged:" in run(tmp_path, "--mirror", "mirror.lan/hub").stdout


def test_the_root_of_the_system_is_no_project() -> None:
    result = run(Path("/"))

    assert result.exit_code == 1
    assert "error: / is no project" in result.stderr


def test_a_state_file_is_written_beside_it_and_is_valid(tmp_path: Path) -> None:
    put(tmp_path, PAGE)

    run(tmp_path, "--state", "--write")

    valid = CliRunner().invoke(main, ["validate", str(tmp_path / "ergon.yaml")])
    assert valid.stdout == "Valid: 3 resources.\n"
