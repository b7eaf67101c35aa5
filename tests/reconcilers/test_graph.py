"""All kinds together: one entry, one order, and no more than a linear price."""

import sys
from collections.abc import Callable
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest

from desired_state.key import Key
from desired_state.resource import Pause, Stored
from reconcilers import graph
from reconcilers.graph import World
from reconcilers.world import FilesWorld, ImageFact, ImageWorld, NetworkWorld, VolumeWorld
from tests.reconcilers.resource_worlds import deleted, img, net, plan, vol
from tests.reconcilers.worlds import LONG_AGO, NOON, created, declared, later, running, web, world

CONFIG = declared(Key("Config", "shop", "app"), content="x")


def container(name: str, **spec: Any) -> Stored:
    return declared(Key("Container", "shop", name), **{"image": "busybox", "network_mode": "host", **spec})


def names(*resources: Stored) -> list[str]:
    return [stored.key.name for stored in graph.ordered(resources)]


def test_containers_come_after_what_they_depend_on() -> None:
    web_, api, db = container("a", depends_on=["b"]), container("b", depends_on=["c"]), container("c")

    assert names(web_, api, db) == ["c", "b", "a"]


def test_networks_volumes_and_images_come_before_the_containers_that_use_them() -> None:
    user = container("a", network_mode=None, networks=["back"], volumes=["data:/data"], image={"resource": "api"})

    assert names(user, img(), vol(), net(), CONFIG) == ["app", "back", "data", "api", "a"]


def test_one_that_shares_a_namespace_comes_after_its_owner() -> None:
    assert names(container("a", network_mode="service:vpn"), container("vpn")) == ["vpn", "a"]


def test_the_order_does_not_depend_on_where_it_began() -> None:
    some = [container("a"), container("b", depends_on=["a"]), net(), vol()]

    assert names(*some) == names(*reversed(some))


def test_a_cycle_is_shown_all_the_same() -> None:
    assert sorted(names(container("a", depends_on=["b"]), container("b", depends_on=["a"]))) == ["a", "b"]


def test_a_dependency_that_is_not_declared_changes_no_order() -> None:
    assert names(container("a", depends_on=["ghost"])) == ["a"]


def test_shared_namespaces_are_named_by_field() -> None:
    spec = container("a", network_mode="service:vpn", ipc="service:db", pid="host").resource.spec

    assert graph.shared_namespaces(spec) == {"network_mode": "vpn", "ipc": "db"}  # type: ignore[arg-type]  # a container


def test_changes_are_shown_in_the_order_in_which_they_are_made() -> None:
    stored = [web(network_mode="host", depends_on=["a"]), container("a"), net()]
    worlds: list[World] = [world(stored[0]), world(stored[1]), NetworkWorld(stored[2])]
    changes = [change for one in worlds for change in plan(one).changes]

    assert [change.key.name for change in graph.sorted_changes(changes, stored)] == ["back", "a", "web"]


ABSENT: list[World] = [
    world(web()),
    NetworkWorld(net()),
    VolumeWorld(vol()),
    ImageWorld(img(), fact=ImageFact("shop/api:1")),
]


@pytest.mark.parametrize("seen", ABSENT)
def test_every_kind_is_planned(seen: World) -> None:
    assert plan(seen).actions


@pytest.mark.parametrize("seen", ABSENT)
def test_every_kind_keeps_its_hands_off_while_paused(seen: World) -> None:
    off = replace(seen, stored=replace(seen.stored, pause=Pause("hands off", "ann", LONG_AGO, later(60))))

    assert (plan(off).actions, plan(off).requeue_at) == ((), later(60))
    assert [change.fields for change in plan(off).changes] == [change.fields for change in plan(seen).changes]


def test_a_config_is_ready_and_goes_when_nobody_uses_it() -> None:
    assert plan(FilesWorld(CONFIG)).status.ready
    assert plan(FilesWorld(deleted(CONFIG), ("web",))).actions == ()
    assert [type(one).__name__ for one in plan(FilesWorld(deleted(CONFIG))).actions] == ["FinishDeletion"]


# what planning costs


def steps(work: Callable[[], object]) -> int:
    """Return how many calls of Python functions some work takes; unlike its time, that is always the same."""
    counted = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal counted
        counted += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return counted


def worlds(count: int) -> list[World]:
    owners = [container(f"c{number}") for number in range(count)]
    return [world(owner, running(owner)) for owner in owners]


def replicas(count: int, generation: int = 1) -> World:
    owner = web(generation, replicas=count, cpu_shares=generation)
    return world(owner, *(running(web(replicas=count), slot) for slot in range(1, count + 1)))


def fresh(count: int) -> World:
    owner = web(replicas=count)
    return world(owner, *(created(owner, slot) for slot in range(1, count + 1)))


@pytest.mark.parametrize("make", [replicas, fresh, lambda count: replicas(count, 2)])
def test_planning_a_resource_takes_steps_in_proportion_to_its_replicas(make: Callable[[int], World]) -> None:
    graph.plan(make(1), NOON)
    few, many = make(100), make(400)

    assert steps(lambda: graph.plan(many, NOON)) < 4.1 * steps(lambda: graph.plan(few, NOON))


def test_planning_many_resources_takes_steps_in_proportion_to_their_number() -> None:
    few, many = worlds(250), worlds(1000)

    cost = steps(lambda: [graph.plan(one, NOON) for one in few])
    assert steps(lambda: [graph.plan(one, NOON) for one in many]) < 4.1 * cost


def test_ordering_ten_thousand_resources_takes_steps_in_proportion_to_their_number() -> None:
    resources = [container(f"c{n}", **({"depends_on": [f"c{n - 1}"]} if n % 50 else {})) for n in range(10_000)]

    few = steps(lambda: graph.ordered(resources[:2500]))
    assert steps(lambda: graph.ordered(resources)) < 4.1 * few
