"""The networks of a living container: joined, left, joined again."""

from dataclasses import replace
from typing import Any

import pytest

from observed_state.container import Attachment
from reconcilers.actions import Action, Connect, Disconnect
from reconcilers.world import ContainerWorld
from tests.reconcilers.worlds import deed_names, deeds, exited, network, paths, running, web, world

TWO = web(networks={"back": {"aliases": ["api"]}, "front": {}})
MADE_ANEW = {"back": network("back", "new-id"), "front": network("front")}


def places(**changes: Attachment | None) -> dict[str, Any]:
    """Return the networks of `TWO`'s container with some changed, or left (None)."""
    merged = {**running(TWO)[1].networks, **{f"shop_{name}": place for name, place in changes.items()}}
    return {"networks": {name: place for name, place in merged.items() if place is not None}}


def wire(actions: list[Action]) -> list[tuple[str, str]]:
    """Return the networks left and joined, by Docker's id or name."""
    return [(type(one).__name__, one.network_id) for one in actions if isinstance(one, Connect | Disconnect)]


def test_one_it_was_taken_off_is_joined_again_with_its_aliases() -> None:
    [connect] = deeds(world(TWO, running(TWO, **places(back=None))))

    assert isinstance(connect, Connect)
    assert (connect.network_id, connect.aliases, connect.join) == ("id-of-back", ("web",), {"aliases": ["api"]})


def test_that_is_drift() -> None:
    assert paths(world(TWO, running(TWO, **places(back=None)))) == [("spec.networks.back", "drift", "reconnect")]


@pytest.mark.parametrize("name", ["extra", "my.net", "back"])
def test_one_that_somebody_connected_is_left(name: str) -> None:
    pair = running(TWO, networks={**running(TWO)[1].networks, name: Attachment(name, "id-of-extra")})
    seen = world(TWO, pair)

    assert wire(deeds(seen)) == [("Disconnect", "id-of-extra")]
    assert paths(seen) == [(f"spec.networks.{name}", "drift", "reconnect")]


def test_one_that_was_made_anew_is_joined_anew() -> None:
    seen = world(TWO, running(TWO), networks=MADE_ANEW)

    assert wire(deeds(seen)) == [("Disconnect", "id-of-back"), ("Connect", "new-id")]
    assert paths(seen) == [("spec.networks.back", "dependency", "reconnect")]


def test_a_stopped_container_leaves_a_network_that_is_gone_by_its_name_and_then_starts() -> None:
    actions = deeds(world(TWO, exited(TWO), networks=MADE_ANEW))

    assert wire(actions) == [("Disconnect", "shop_back"), ("Connect", "new-id")]
    assert type(actions[-1]).__name__ == "Start"


def test_one_that_is_not_there_is_waited_for() -> None:
    seen = world(TWO, running(TWO), networks={"back": None, "front": network("front")})

    assert deeds(seen) == []
    assert paths(seen) == [("spec.networks.back", "dependency", "reconnect")]


def test_aliases_that_got_lost_come_back_by_joining_again() -> None:
    bare = Attachment("shop_back", "id-of-back")
    seen = world(TWO, running(TWO, **places(back=bare)))

    assert wire(deeds(seen)) == [("Disconnect", "id-of-back"), ("Connect", "id-of-back")]
    assert paths(seen) == [("spec.networks.back.aliases", "drift", "reconnect")]


def test_an_address_that_got_lost_comes_back() -> None:
    owner = web(networks={"back": {"ipv4_address": "10.0.0.9"}})
    pair = running(owner, networks={"shop_back": Attachment("shop_back", "id-of-back", ("web",))})

    assert paths(world(owner, pair)) == [("spec.networks.back.ipv4_address", "drift", "reconnect")]


def test_an_engine_that_lists_no_aliases_shows_no_drift() -> None:
    instance, container = running(TWO)
    silent = {name: replace(place, aliases=()) for name, place in container.networks.items()}
    container = replace(container, networks=silent)

    assert deeds(world(TWO, (replace(instance, baseline=container), container))) == []


def test_an_engine_that_lists_aliases_only_after_a_connect_does_not_loop() -> None:
    instance, container = running(TWO)
    silent = {name: replace(place, aliases=()) for name, place in container.networks.items()}

    assert deeds(world(TWO, (replace(instance, baseline=replace(container, networks=silent)), container))) == []


# changes of the spec


def changed(before: dict[str, Any], after: dict[str, Any], **facts: Any) -> ContainerWorld:
    return world(web(2, **after), running(web(**before)), **facts)


def test_a_network_more_is_joined() -> None:
    seen = changed({"networks": ["back"]}, {"networks": ["back", "front"]})

    assert wire(deeds(seen)) == [("Connect", "id-of-front")]
    assert (paths(seen), deed_names(seen)[-1]) == ([("spec.networks.front", "spec", "reconnect")], "AcceptSpec")


def test_a_network_less_is_left() -> None:
    seen = changed({"networks": ["back", "front"]}, {"networks": ["back"]})

    assert wire(deeds(seen)) == [("Disconnect", "id-of-front")]
    assert paths(seen) == [("spec.networks.front", "spec", "reconnect")]


def test_the_default_network_is_left_when_others_are_declared() -> None:
    seen = changed({}, {"networks": ["back"]})

    assert sorted(wire(deeds(seen))) == [("Connect", "id-of-back"), ("Disconnect", "id-of-default")]
    assert {cause for _, cause, _ in paths(seen)} == {"spec"}


def test_other_aliases_are_a_reconnection() -> None:
    seen = changed({"networks": {"back": {"aliases": ["a"]}}}, {"networks": {"back": {"aliases": ["b"]}}})

    assert paths(seen) == [("spec.networks.back.aliases", "spec", "reconnect")]
    assert wire(deeds(seen)) == [("Disconnect", "id-of-back"), ("Connect", "id-of-back")]


@pytest.mark.parametrize(("before", "after"), [({}, {"network_mode": "host"}), ({"network_mode": "host"}, {})])
def test_a_network_mode_that_comes_or_goes_takes_a_new_container_and_nothing_else(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    seen = changed(before, after)

    assert deed_names(seen) == ["CreateInstance"]
    assert [path for path, _, _ in paths(seen)] == ["spec.network_mode"]


# a network_mode


def bridged(*names: str) -> ContainerWorld:
    owner = web(network_mode="bridge")
    instance, container = running(owner, networks={name: Attachment(name, f"id-of-{name}") for name in names})
    return world(
        owner, (replace(instance, baseline=replace(container, networks={"bridge": Attachment("bridge")})), container)
    )


def test_a_bridged_container_that_was_taken_off_the_bridge_goes_back_without_aliases() -> None:
    [connect] = deeds(bridged())

    assert isinstance(connect, Connect)
    assert (connect.network_id, connect.aliases) == ("bridge", ())


def test_a_bridged_container_leaves_what_somebody_connected() -> None:
    assert wire(deeds(bridged("bridge", "extra"))) == [("Disconnect", "id-of-extra")]


def test_a_container_on_the_hosts_network_has_no_networks_to_compare() -> None:
    owner = web(network_mode="host")

    assert deeds(world(owner, running(owner, networks={"host": Attachment("host")}))) == []
