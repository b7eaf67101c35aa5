"""Steps of a plan are numbered so that each comes after what it needs, and say what they interrupt."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desired_state.key import Key
from desired_state.resource import Stored
from reconcilers import graph
from reconcilers.decision import Change, Effect, FieldChange, Verb
from reconcilers.staging import interruption, staged
from tests.reconcilers.worlds import NOON, declared


def container(name: str, *needs: str, **spec: Any) -> Stored:
    return declared(
        Key("Container", "shop", name), image="busybox", network_mode="bridge", depends_on=list(needs), **spec
    )


def change(stored: Stored, action: Verb = "replace", effect: Effect = "recreate", *fields: FieldChange) -> Change:
    return Change(stored.key, action, effect, fields, f"shop-{stored.key.name}-1")


@st.composite
def shops(draw: st.DrawFn) -> list[Stored]:
    """Containers that depend on some of those before them, some of them on their way out."""
    names = [f"c{number}" for number in range(draw(st.integers(1, 8)))]
    needs = [draw(st.sets(st.sampled_from(names[:number]))) if number else set() for number in range(len(names))]
    going = draw(st.sets(st.sampled_from(names)))
    made = [container(name, *sorted(some)) for name, some in zip(names, needs, strict=True)]
    return [replace(one, deleting_since=NOON) if one.key.name in going else one for one in made]


@given(shops(), st.data())
def test_no_step_comes_before_one_that_it_needs(shop: Sequence[Stored], data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.sampled_from(range(len(shop))), min_size=1))
    changes = [change(shop[number], "delete" if shop[number].deleting_since else "replace") for number in chosen]
    orders = {one.key: one.order for one in staged(changes, shop)}
    living = {stored.key: stored.deleting_since is None for stored in shop}

    for stored in shop:
        for need in graph.dependencies_of(stored):
            if stored.key in orders and need in orders and living[need]:
                assert orders[need] < orders[stored.key] or not living[stored.key]
            if stored.key in orders and need in orders and not living[need]:
                assert orders[stored.key] < orders[need]
    assert min(orders.values()) == 1


def test_what_is_only_told_has_no_step_and_comes_last() -> None:
    web, api = container("web"), container("api")
    told, done = staged([change(api, "none", "none"), change(web)], [web, api])[::-1]

    assert [(one.key.name, one.order) for one in (done, told)] == [("web", 1), ("api", 0)]


def test_a_cycle_that_a_store_holds_anyway_is_shown_all_the_same() -> None:
    web, api = container("web", "api"), container("api", "web")

    assert {one.order for one in staged([change(web), change(api)], [web, api])} == {1}


def state(observed: str) -> FieldChange:
    return FieldChange("status.state", "running", observed, "drift", "restart")


WEB = container("web", stop_grace_period="4s")
JOIN = FieldChange("spec.networks.back", "connected", "disconnected", "drift", "reconnect")
REJOIN = FieldChange("spec.networks.back.aliases", ["web"], ["other"], "drift", "reconnect")
LEAVE = FieldChange("spec.networks.other", None, "connected", "drift", "reconnect")

INTERRUPTIONS: dict[str, tuple[Stored, Change, str]] = {
    "creation": (WEB, change(WEB, "create"), "none"),
    "update": (WEB, change(WEB, "update", "in-place"), "none"),
    "start of what has ended": (WEB, change(WEB, "start", "restart", state("exited")), "none"),
    "replacement of what has ended": (WEB, change(WEB, "replace", "recreate", state("exited")), "none"),
    "restart": (WEB, change(WEB, "update", "restart"), "up to 4 s stop grace, then a start"),
    "replacement": (WEB, change(WEB), "up to 4 s stop grace, then a start"),
    "replacement of replicas": (container("web", replicas=3), change(WEB), "1 of 3 at a time"),
    "of more at a time": (
        container("web", replicas=4, update={"parallelism": 2, "max_unavailable": 2}),
        change(WEB),
        "2 of 4 at a time",
    ),
    "side by side": (
        container("web", update={"order": "start-first"}),
        change(WEB),
        "none: the new one is ready before the old one goes",
    ),
    "side by side without room": (
        container("web", update={"order": "start-first"}, ports=["8080:80"]),
        change(WEB),
        "up to 10 s stop grace, then a start (host port 8080/tcp has no room for a second container)",
    ),
    "joining": (WEB, change(WEB, "update", "reconnect", JOIN), "none"),
    "leaving what is not declared": (WEB, change(WEB, "update", "reconnect", LEAVE), "none"),
    "joining anew": (WEB, change(WEB, "update", "reconnect", REJOIN), "off the network for a moment"),
    "stop": (WEB, change(WEB, "stop", "restart", state("running")), "it stops"),
    "end": (WEB, change(WEB, "delete"), "it ends"),
}


@pytest.mark.parametrize("case", INTERRUPTIONS)
def test_a_change_says_what_it_interrupts(case: str) -> None:
    stored, made, told = INTERRUPTIONS[case]

    assert interruption(made, stored) == told
