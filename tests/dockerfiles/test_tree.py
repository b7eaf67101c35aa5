"""Hostile and broken folders: looked at within bounds, and what was left out is said."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from dockerfiles.generating import generate
from dockerfiles.language import Wishes
from dockerfiles.tree import MAX_BYTES, MAX_DEPTH, Tree, in_memory, scan


def codes(tree: Tree) -> list[tuple[str, str]]:
    return [(note.code, note.file) for note in tree.notes]


def test_links_that_lead_out_in_circles_or_nowhere_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("theirs")
    project = tmp_path / "project"
    (project / "src").mkdir(parents=True)
    (project / "index.html").write_text("")
    (project / "out").symlink_to(tmp_path / "secret")
    (project / "nowhere").symlink_to("gone")
    (project / "self").symlink_to("self")
    (project / "src/up").symlink_to("..")
    (project / "start.html").symlink_to("index.html")

    tree = scan(project)

    assert tree.files == ("index.html", "start.html")
    assert sorted(codes(tree)) == [("broken-link", "nowhere"), ("broken-link", "self"), ("link-out", "out")]


def test_what_is_no_file_is_left_out(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "app.py")
    (tmp_path / "main.py").mkdir()

    assert scan(tmp_path).files == ()


def test_only_so_many_files_are_looked_at(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"{number}.txt").touch()

    tree = scan(tmp_path, max_files=5)

    assert len(tree.files) == 5
    assert codes(tree) == [("too-many", "")]


def test_deep_folders_and_what_others_made_are_not_looked_into(tmp_path: Path) -> None:
    deep = "/".join(f"d{number}" for number in range(MAX_DEPTH + 1))
    for folder in (deep, "node_modules/left-pad", ".git/objects"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "index.html").touch()

    tree = scan(tmp_path)

    assert tree.files == ()
    assert codes(tree) == [("too-deep", deep)]


def test_names_that_cannot_be_written_are_left_out_and_said(tmp_path: Path) -> None:
    (tmp_path / "two\nlines").touch()
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.py")).touch()
    (tmp_path / "-rf $HOME 'x'.py").touch()

    tree = scan(tmp_path)

    assert tree.files == ("-rf $HOME 'x'.py",)
    assert {code for code, _ in codes(tree)} == {"bad-name"}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\xef\xbb\xbfflask\r\nredis\r", "flask\nredis\n"),
        ("flask\n".encode("utf-16"), "flask\n"),
        ("Größe".encode("latin-1"), "Größe"),
        (b"", ""),
        (b"\x7fELF\0\0", None),
        (b"x" * (MAX_BYTES + 5), "x" * MAX_BYTES),
        ("é" * MAX_BYTES, "é" * (MAX_BYTES // 2)),
    ],
)
def test_texts_are_read_in_whatever_encoding_and_length(content: bytes | str, text: str | None) -> None:
    found = in_memory({"file": content}).text("file")

    assert (found.content if found else None) == text


def test_a_file_that_became_a_pipe_is_said_and_nobody_waits(tmp_path: Path) -> None:
    (tmp_path / "index.html").touch()
    tree = scan(tmp_path)
    (tmp_path / "index.html").unlink()
    os.mkfifo(tmp_path / "index.html")

    assert tree.text("index.html") is None
    assert codes(tree) == [("unreadable", "index.html")]


@pytest.mark.parametrize(
    "manifest", ["package.json", "pyproject.toml", "composer.json", "pom.xml", "go.mod", "Gemfile"]
)
@pytest.mark.parametrize("content", [b"", b"{", b"\0\1\2", b"\xff\xfe", b"[" * 5000, b"\n" * 3, "\u2028{".encode()])
def test_a_broken_manifest_ends_in_no_exception_but_ours(manifest: str, content: bytes) -> None:
    tree = in_memory({manifest: content, "index.html": "<title>x</title>"})

    with suppress(ValueError):
        assert generate(tree, Wishes()).dockerfile
