"""What `.dockerignore` leaves out, as Docker reads it."""

import pytest

from dockerfiles.analysis import Command
from dockerfiles.ignoring import dockerignore, ignored
from dockerfiles.recipe import Base, Copy, Recipe, Runtime, Stage
from dockerfiles.tree import in_memory


def recipe(*sources: str, keeps: tuple[str, ...] = ()) -> Recipe:
    stage = Stage("run", Base("debian", "bookworm-slim"), (Copy(sources, "/app", "why"),), "the image")
    return Recipe((stage,), Runtime(Command(("x",))), keeps)


@pytest.mark.parametrize(
    ("patterns", "path", "left_out"),
    [
        (["node_modules"], "node_modules/a/b.js", True),
        (["node_modules"], "web/node_modules/a.js", False),
        (["**/node_modules"], "web/node_modules/a.js", True),
        (["**/node_modules"], "node_modules/a.js", True),
        (["*.log"], "a.log", True),
        (["*.log"], "logs/a.log", False),
        (["**/*.log"], "logs/deep/a.log", True),
        (["docs", "!docs/keep.md"], "docs/keep.md", False),
        (["!docs/keep.md", "docs"], "docs/keep.md", True),
        (["/dist/"], "dist/index.html", True),
        (["# dist", "", "di?t"], "dist/x", True),
        (["a.b"], "axb", False),
    ],
)
def test_patterns_are_read_as_docker_does(patterns: list[str], path: str, left_out: bool) -> None:
    assert ignored(path, patterns) is left_out


@pytest.mark.parametrize("theirs", ["", "dist\n", "**/*.js\n"])
def test_what_the_build_copies_by_name_is_never_left_out(theirs: str) -> None:
    tree = in_memory({"dist/app.js": "", "config/build/x": "", ".dockerignore": theirs})

    lines = dockerignore([recipe("dist"), recipe(".", keeps=("config/build",))], tree).splitlines()

    assert not ignored("dist/app.js", lines)
    assert not ignored("config/build/x", lines)
    assert ignored(".git/config", lines)


def test_the_lines_of_the_user_win() -> None:
    tree = in_memory({".dockerignore": "!app.log\n"})

    assert not ignored("app.log", dockerignore([recipe(".")], tree).splitlines())


def test_written_twice_it_is_the_same() -> None:
    files = {"dist/app.js": "", ".dockerignore": "# theirs\nsecret.txt\n"}
    once = dockerignore([recipe("dist")], in_memory(files))

    assert dockerignore([recipe("dist")], in_memory({**files, ".dockerignore": once})) == once
