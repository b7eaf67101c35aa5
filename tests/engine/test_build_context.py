"""The same sources, Dockerfile, arguments and target give the same key; anything else another one."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from desired_state.build import Build
from engine.build_context import build_key
from engine.errors import Refused


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("print(1)")
    (tmp_path / "notes.txt").write_text("one")
    (tmp_path / ".dockerignore").write_text("# comment\n*.txt\n\nbuild/\n")
    return tmp_path


def key(folder: Path, **build: object) -> str:
    return build_key(Build.model_validate({"context": str(folder), **build}))


def test_when_files_were_written_does_not_count(folder: Path) -> None:
    before = key(folder)
    os.utime(folder / "src" / "app.py", (1, 1))

    assert key(folder) == before


def test_where_the_folder_lies_does_not_count(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "moved"
    before = key(folder)
    folder.rename(elsewhere)

    assert key(elsewhere) == before


@pytest.mark.parametrize("ignored", ["notes.txt", "build/out.o"])
def test_what_dockerignore_excludes_does_not_count(ignored: str, folder: Path) -> None:
    before = key(folder)
    (folder / ignored).parent.mkdir(exist_ok=True)
    (folder / ignored).write_text("another")

    assert key(folder) == before


def changed_content(folder: Path) -> None:
    (folder / "src" / "app.py").write_text("print(2)")


def changed_mode(folder: Path) -> None:
    (folder / "src" / "app.py").chmod(0o755)


def changed_name(folder: Path) -> None:
    (folder / "src" / "app.py").rename(folder / "src" / "other.py")


def added_link(folder: Path) -> None:
    (folder / "src" / "link").symlink_to("app.py")


def changed_dockerfile(folder: Path) -> None:
    (folder / "Dockerfile").write_text("FROM scratch\n")


def changed_ignores(folder: Path) -> None:
    (folder / ".dockerignore").write_text("")


@pytest.mark.parametrize(
    "change", [changed_content, changed_mode, changed_name, added_link, changed_dockerfile, changed_ignores]
)
def test_what_the_build_would_see_counts(change: Callable[[Path], None], folder: Path) -> None:
    before = key(folder)

    change(folder)

    assert key(folder) != before


@pytest.mark.parametrize(
    "build", [{"args": {"A": "1"}}, {"target": "x"}, {"labels": {"a": "b"}}, {"platform": "linux/arm64"}]
)
def test_how_it_is_built_counts(build: dict[str, object], folder: Path) -> None:
    assert key(folder, **build) != key(folder)


@pytest.mark.parametrize("build", [{"no_cache": True}, {"pull": True}, {"cache_from": ["web:1"]}])
def test_how_fast_it_is_built_does_not_count(build: dict[str, object], folder: Path) -> None:
    assert key(folder, **build) == key(folder)


def test_a_remote_context_counts_by_its_address() -> None:
    one, other = (Build(context=f"https://git.invalid/web.git#{name}") for name in ("a", "b"))

    assert build_key(one) == build_key(one) != build_key(other)


def test_a_folder_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refused, match="there is no folder /no/such"):
        build_key(Build(context="/no/such"))
