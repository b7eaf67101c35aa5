"""What is written as a state file loads as what it was."""

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from desired_state.env_files import parsed, written
from desired_state.loader import load
from desired_state.resource import to_document
from desired_state.writing import document_text, state_text

_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp", "Co", "Cn"]), max_size=20
)


def document(spec: dict[str, Any], kind: str = "Container") -> dict[str, Any]:
    metadata = {"name": "web", "namespace": "shop", "labels": {}, "annotations": {}}
    return {"apiVersion": "ergon/v1", "kind": kind, "metadata": metadata, "spec": spec}


def read_back(text: str) -> list[dict[str, Any]]:
    loaded = load(["-"], environment={}, stdin=text)
    return [to_document(one) for one in loaded.resources if one.key.name != "default"]


@given(st.dictionaries(st.from_regex(r"[A-Z_]{1,8}", fullmatch=True), _TEXT, max_size=4), st.lists(_TEXT, max_size=3))
def test_texts_survive_whatever_is_in_them(environment: dict[str, str], command: list[str]) -> None:
    spec = {"image": "web", "environment": environment, "command": command}

    [back] = read_back(state_text([(document(spec), {})]))

    assert back["spec"] == spec


def test_remarks_stand_above_what_they_are_about() -> None:
    text = document_text(document({"image": "web"}), {"": ["whole"], "image": ["moved"], "ports": ["lost"]})

    assert text.splitlines() == [
        "# whole",
        "apiVersion: ergon/v1",
        "kind: Container",
        "metadata: {name: web, namespace: shop}",
        "spec:",
        "  # moved",
        "  image: web",
        "  # ports: lost",
    ]


@given(_TEXT | st.sampled_from(["it's", 'a "b" $c \\ d', "two\nlines", "'$x'"]))
def test_a_line_of_an_env_file_gives_exactly_its_value(value: str) -> None:
    assert parsed(written("NAME", value), {})["NAME"].value == value


def test_an_empty_spec_is_left_out(tmp_path: Path) -> None:
    assert "spec" not in document_text(document({}, "Network"), {})
