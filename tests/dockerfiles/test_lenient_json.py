import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerfiles.lenient_json import Malformed, parse
from dockerfiles.tree import Text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(VALUES)
def test_what_is_json_is_read_as_json(value: object) -> None:
    assert parse(Text("a.json", json.dumps(value))).value == value


@given(VALUES)
def test_a_comment_changes_nothing(value: object) -> None:
    assert parse(Text("a.json", f"// first\n{json.dumps(value, indent=1)} /* last */")).value == value


def test_json5_is_read_as_people_write_it() -> None:
    text = "{name: 'web', // bare\n 'ports': [0x50, +1, .5,], nested: {on: true,},}"

    assert parse(Text("a.json5", text)).value == {"name": "web", "ports": [80, 1, 0.5], "nested": {"on": True}}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a": }', "a.json:1:7"),
        ('{\n  "a": 1\n  "b": 2\n}', "a.json:3:3"),
        ('{"a": "no end', "a.json:1:7"),
        ("[" * 5000, "a.json:1:1"),
        ("", "a.json:1:1"),
        ('{"a": 1} trailing', "a.json:1:10"),
    ],
)
def test_what_is_no_json_is_said_with_its_place(text: str, place: str) -> None:
    with pytest.raises(Malformed) as raised:
        parse(Text("a.json", text))

    assert str(raised.value).startswith(f"{place}")


def test_the_line_of_a_nested_key_is_its_own() -> None:
    document = parse(Text("package.json", '{\n "start": 1,\n "scripts": {\n  "start": "node ."\n }\n}'))

    assert document.line("scripts", "start") == 4
    assert document.line("scripts", "absent") == 0
