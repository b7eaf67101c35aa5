"""The names people type, and what they mean."""

import click
import pytest

from console.cli.names import Name, Target, find, parse_name
from controller.errors import ServiceError
from tests.console.canned import resource


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("web", Name("web")),
        ("container/web", Name("web", "Container")),
        ("Networks/back", Name("back", "Network")),
        ("shop/web", Name("web", None, "shop")),
        ("container/shop/web", Name("web", "Container", "shop")),
    ],
)
def test_a_name_says_as_much_as_the_user_wants(typed: str, meant: Name) -> None:
    assert parse_name(typed, None) == meant


@pytest.mark.parametrize("typed", ["", "/", "a/b/c", "container/shop/web/x", "container//web", "web/"])
def test_what_has_the_wrong_parts_is_no_name(typed: str) -> None:
    with pytest.raises(click.UsageError, match="is not a name"):
        parse_name(typed, None)


def test_a_name_may_not_contradict_the_namespace_option() -> None:
    with pytest.raises(click.UsageError, match="names the namespace shop, but -n says prod"):
        parse_name("shop/web", "prod")


def test_a_unique_name_is_found_in_any_namespace() -> None:
    declared = [resource("web", namespace="prod"), resource("db")]

    assert find(declared, ["web"], None) == [Target("prod", "Container", "web")]


def test_a_bare_name_means_the_container_rather_than_its_image() -> None:
    declared = [resource("web", "Image"), resource("web")]

    assert find(declared, ["web"], None) == [Target("shop", "Container", "web")]


def test_an_ambiguous_name_is_refused_with_its_candidates() -> None:
    declared = [resource("web", namespace="shop"), resource("web", namespace="prod")]

    with pytest.raises(ServiceError, match="could be any of container/prod/web, container/shop/web"):
        find(declared, ["web"], None)


def test_an_unknown_name_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(ServiceError, match='nothing declared is called "wbe"') as refused:
        find([resource("web")], ["wbe"], None)

    assert refused.value.hint == 'did you mean "web"?'


def test_a_name_given_twice_is_found_once() -> None:
    assert len(find([resource("web")], ["web", "web"], None)) == 1


def test_only_containers_are_found_where_only_they_make_sense() -> None:
    with pytest.raises(ServiceError, match="nothing declared is called"):
        find([resource("back", "Network")], ["back"], None, kind="Container")
