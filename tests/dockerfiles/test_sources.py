"""Code is looked through without its comments, and every hit has the line it is on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerfiles.analysis import Variable
from dockerfiles.sources import Style, search, sources, without_comments
from dockerfiles.tree import Text, in_memory
from dockerfiles.variables import Way, of_examples, read_in


@pytest.mark.parametrize(
    ("style", "code", "kept"),
    [
        ("c", 'a := "http://x" // PORT\n/* b\n*/ c', 'a := "http://x"        \n    \n   c'),
        ("hash", "url = 'a#b' # c", "url = 'a#b'    "),
        ("php", "$a = 'x'; # env('A')\n#[Route('/b')]", "$a = 'x';           \n#[Route('/b')]"),
        ("js", "const a = `//${b}`; // c", "const a = `//${b}`;     "),
    ],
)
def test_comments_are_blanked_and_strings_are_not(style: Style, code: str, kept: str) -> None:
    assert without_comments(Text("x", code), style).content == kept


@given(st.text(alphabet="a\"'`/*#\n\\ "), st.sampled_from(["c", "js", "php", "hash"]))
def test_every_line_keeps_its_number(code: str, style: Style) -> None:
    blanked = without_comments(Text("x", code), style).content

    assert [len(line) for line in blanked.split("\n")] == [len(line) for line in code.split("\n")]


def test_what_is_tested_or_borrowed_is_no_source() -> None:
    files = ["main.go", "main_test.go", "vendor/a/a.go", "internal/testdata/b.go", "web/c.go"]
    tree = in_memory(dict.fromkeys(files, "package main\n"))

    assert [text.path for text in sources(tree, ".go", style="c", tests=r"_test\.go$")] == ["main.go", "web/c.go"]


def test_a_hit_is_where_its_first_group_begins() -> None:
    hit = next(search((Text("a.go", "one\ntwo(\n  NAME)\n"),), r"two\(\s*(\w+)"))

    assert (hit.source, hit.text, hit.groups) == ("a.go:3", "NAME)", ("NAME",))


def test_a_variable_with_a_default_anywhere_is_not_required_and_a_secret_default_is_not_shown() -> None:
    texts = (Text("a.rb", 'need("A")\nneed("B")\nuse("B", "b")\nuse("API_KEY", "hunter2")\nneed("PATH")\n'),)
    ways = (Way(r'need\("(\w+)"\)', required=True), Way(r'use\("(\w+)", "(\w*)"\)'))

    assert read_in(texts, ways) == (
        Variable("A", required=True, source="a.rb:1"),
        Variable("API_KEY", secret=True, source="a.rb:4"),
        Variable("B", default="b", source="a.rb:3"),
    )


def test_an_example_of_an_environment_gives_names_and_never_values() -> None:
    tree = in_memory({".env.example": "# to copy\nexport APP_URL=http://localhost\nDB_PASSWORD=secret\n"})

    assert of_examples(tree) == (
        Variable("APP_URL", source=".env.example:2"),
        Variable("DB_PASSWORD", secret=True, source=".env.example:3"),
    )
