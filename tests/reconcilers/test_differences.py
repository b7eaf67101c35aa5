"""Where two values differ, path by path."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconcilers.differences import differences

KEYS = st.text("abcde", min_size=1, max_size=3)
LEAVES = st.none() | st.booleans() | st.integers(0, 3) | st.text("xyz", max_size=2) | st.lists(st.integers(0, 3))
VALUES = st.dictionaries(KEYS, st.recursive(LEAVES, lambda inner: st.dictionaries(KEYS, inner), max_leaves=12))


def at(value: Any, path: str) -> Any:
    """Return what a value holds at a path, None where it ends before."""
    for key in path.split(".") if path else ():
        value = value.get(key) if isinstance(value, dict) else None
    return value


@given(VALUES)
def test_nothing_differs_from_itself(value: Any) -> None:
    assert list(differences(value, value)) == []


@given(VALUES, VALUES)
def test_every_path_is_one_at_which_the_two_hold_what_is_said(one: Any, other: Any) -> None:
    for path, declared, observed in differences(one, other):
        assert (at(one, path), at(other, path)) == (declared, observed)
        assert declared != observed


@given(VALUES, VALUES)
def test_seen_from_the_other_side_the_same_differs(one: Any, other: Any) -> None:
    there = sorted((path, str(left), str(right)) for path, left, right in differences(one, other))
    back = sorted((path, str(left), str(right)) for path, right, left in differences(other, one))

    assert there == back


@given(VALUES, KEYS, st.integers(10, 20))
def test_a_changed_key_is_named(value: dict[str, Any], key: str, new: int) -> None:
    assert key in [path.split(".")[0] for path, _, _ in differences({**value, key: new}, value)]


def test_members_of_a_list_are_told_apart_by_their_names() -> None:
    before = [{"target": "/a", "read_only": True}, {"target": "/b"}]
    after = [{"target": "/b"}, {"target": "/a", "read_only": False}]

    assert list(differences({"volumes": after}, {"volumes": before})) == [("volumes[/a].read_only", False, True)]


def test_ports_are_told_apart_by_both_ends() -> None:
    before = [{"target": 80, "published": "8080"}]
    after = [*before, {"target": 80, "published": "8081"}]

    assert [path for path, _, _ in differences({"ports": after}, {"ports": before})] == [
        "ports[80:8081/tcp].published",
        "ports[80:8081/tcp].target",
    ]


def test_the_order_of_named_members_is_no_difference() -> None:
    assert list(differences([{"source": "a"}, {"source": "b"}], [{"source": "b"}, {"source": "a"}])) == []


def test_other_lists_are_shown_whole() -> None:
    assert list(differences({"command": ["a", "b"]}, {"command": ["a"]})) == [("command", ["a", "b"], ["a"])]
