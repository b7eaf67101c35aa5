"""Whatever was declared and whatever happened: planning and acting settles, and touches only what is ours."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desired_state.limits import docker_limits
from desired_state.resource import Pause, Resource
from observed_state.container import Attachment, Container, RestartPolicy
from reconcilers.actions import Action, RemoveInstance, Stop
from tests.reconcilers.docker_model import BROKEN, CRASHING, Host
from tests.reconcilers.worlds import KEY, NOON, network, spec_of, web

quietly = settings(suppress_health_check=[HealthCheck.too_slow])

# what may be declared

LIMITS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "mem_limit": st.sampled_from([64 << 20, 128 << 20]),
        "cpus": st.sampled_from([0.5, 1.0]),
        "cpu_shares": st.sampled_from([256, 512]),
        "pids_limit": st.sampled_from([-1, 50, 100]),
    },
)
LIMIT_NAMES = ("mem_limit", "cpus", "cpu_shares", "pids_limit")
PLACES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"network_mode": "host"},
        {"network_mode": "bridge"},
        {"networks": {"back": {}}},
        {"networks": {"back": {"aliases": ["shop"]}, "front": {}}},
        {"networks": {"default": {"ipv4_address": "10.0.0.9"}, "a.b": {}}},
    ]
)
LIFE: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"image": st.sampled_from(["one", "two", BROKEN, CRASHING]), "replicas": st.integers(0, 3)},
    optional={
        "restart": st.sampled_from(["always", "on-failure:2", "never", "delegated"]),
        "drift": st.sampled_from([{"default": "alert"}, {"default": "ignore"}, {"ignore": ["spec.networks*", "name"]}]),
        "labels": st.sampled_from([{"a": "1"}, {"a": "2"}]),
        "stop_grace_period": st.sampled_from(["1s", "2s"]),
    },
)
NAMES: st.SearchStrategy[dict[str, Any]] = st.sampled_from([{}, {}, {"container_name": "shop", "replicas": 1}])
SPECS = st.builds(lambda *parts: {k: v for part in parts for k, v in part.items()}, LIFE, LIMITS, PLACES, NAMES)

# what may happen

Event = Callable[[Host], None]


@dataclass(frozen=True)
class Declaration:
    """Declare another spec."""

    spec: dict[str, Any]

    def __call__(self, host: Host) -> None:
        resource = Resource(KEY, type(spec_of(host.stored)).from_declared(self.spec))
        host.stored = replace(host.stored, resource=resource, generation=host.stored.generation + 1)


def settle(host: Host) -> None:
    host.settle()


def pass_time(seconds: float) -> Event:
    def happen(host: Host) -> None:
        host.now += timedelta(seconds=seconds)

    return happen


def ask(**changes: Any) -> Event:
    def happen(host: Host) -> None:
        host.stored = replace(host.stored, **changes)

    return happen


def ask_restart(host: Host) -> None:
    host.now += timedelta(seconds=1)
    host.stored = replace(host.stored, restart_requested=host.now)
    host.now += timedelta(seconds=1)


def interrupt(after: int) -> Event:
    """Plan, and be cut off after some actions."""
    return lambda host: host.carry_out(host.decide().actions[:after])


def cut_off_in_create(host: Host) -> None:
    """Leave a record behind whose container was not made."""
    newest = max(host.instances.values(), key=lambda one: one.uid, default=None)
    if newest is not None and newest.container_id in host.containers:
        del host.containers[newest.container_id]
        host.instances[newest.uid] = replace(newest, phase="pending", container_id=None, baseline=None)


def cut_off_in_removal(host: Host) -> None:
    oldest = min(host.instances.values(), key=lambda one: one.uid, default=None)
    if oldest is not None:
        host.instances[oldest.uid] = replace(oldest, phase="removing")


def recreate_network(host: Host) -> None:
    """Remove and make a network again while nothing runs on it."""
    for container in list(host.containers.values()):
        if container.running and "shop_default" in container.networks:
            host.end(container.id, 137)
    old = host.networks["default"]
    host.networks["default"] = replace(old, id=old.id + "'")


def move_image(host: Host) -> None:
    host.images["one"] = host.images.get("one", "sha256:one") + "'"


def take_name(host: Host) -> None:
    if not any(one.name == "shop-web-2" for one in host.containers.values()):
        host.foreign["shop-web-2"] = "f" * 64


def by_hand(change: Callable[[Host, Container], dict[str, Any]]) -> Event:
    """Change the first of our containers that there is."""

    def happen(host: Host) -> None:
        for container in list(host.containers.values())[:1]:
            host.alter(container.id, **change(host, container))

    return happen


def removed(host: Host) -> None:
    for container_id in list(host.containers)[:1]:
        del host.containers[container_id]


def stopped(host: Host) -> None:
    for container in list(host.containers.values())[:1]:
        if container.running:
            host.end(container.id, 137)
            host.hand_stopped[container.id] = host.now


def crashed(host: Host) -> None:
    for container in list(host.containers.values()):
        if container.running:
            host.end(container.id, 1)


def connected(_: Host, container: Container) -> dict[str, Any]:
    extra = Attachment("my.net", "extra-id")
    return {} if "host" in container.networks else {"networks": {**container.networks, "my.net": extra}}


HAPPENINGS: list[Event] = [
    *(pass_time(seconds) for seconds in (1, 7, 61, 700)),
    *(interrupt(after) for after in (1, 2, 3)),
    ask(stopped=True),
    ask(stopped=False),
    ask(pause=Pause("hands off", "ann", NOON)),
    ask(pause=None),
    ask_restart,
    cut_off_in_create,
    cut_off_in_removal,
    recreate_network,
    move_image,
    take_name,
    removed,
    stopped,
    crashed,
    by_hand(lambda _, one: {"state": "paused"} if one.state == "running" else {}),
    by_hand(lambda _, one: {"state": "dead", "pid": 0, "finished_at": NOON}),
    by_hand(lambda _, one: {"name": "renamed"}),
    by_hand(lambda _, one: {"resources": {**one.resources, "Memory": 1 << 30, "MemorySwap": 1 << 31}}),
    by_hand(lambda _, one: {"resources": {**one.resources, "PidsLimit": 7}}),
    by_hand(lambda _, one: {"resources": {**one.resources, "CpuShares": 9}}),
    by_hand(lambda _, one: {"restart_policy": RestartPolicy("always")}),
    by_hand(lambda _, one: {"networks": dict(list(one.networks.items())[1:])}),
    by_hand(lambda _, one: {"networks": {n: replace(place, aliases=()) for n, place in one.networks.items()}}),
    by_hand(connected),
]
HAPPENING = st.one_of(st.sampled_from(HAPPENINGS), st.builds(Declaration, SPECS), st.just(settle))
STORIES = st.lists(HAPPENING, min_size=1, max_size=8)


def host_of(spec: dict[str, Any]) -> Host:
    networks = {name: network(name) for name in ("default", "back", "front", "a.b")}
    return Host(web(**spec), NOON, networks=networks)


def play(spec: dict[str, Any], story: list[Event]) -> Host:
    host = host_of(spec)
    host.settle()
    for event in story:
        event(host)
    return host


def settle_for_good(host: Host) -> list[Action]:
    """Settle, and again when waits are over and names are free; return what was done later than at once."""
    host.foreign.clear()
    done: list[Action] = []
    for _ in range(5):
        done += host.settle()
        host.now += timedelta(seconds=61)
    return done


@quietly
@given(SPECS, STORIES)
def test_planning_and_acting_settles(spec: dict[str, Any], story: list[Event]) -> None:
    host = play(spec, story)

    host.settle()

    assert host.decide().actions == ()


@quietly
@given(SPECS, STORIES)
def test_what_settled_is_one_running_container_for_each_slot(spec: dict[str, Any], story: list[Event]) -> None:
    host = play(spec, story)
    host.stored = replace(host.stored, pause=None, stopped=False)
    Declaration({**spec, "image": "three", "restart": "always"})(host)
    settle_for_good(host)

    assert sorted(one.name for one in host.containers.values()) == sorted(host.final_names())
    assert all(one.state == "running" and one.image == "three" for one in host.containers.values())
    assert {one.generation for one in host.instances.values()} <= {host.stored.generation}


@quietly
@given(SPECS, STORIES, LIMITS)
def test_what_settled_has_the_limits_that_are_declared(
    spec: dict[str, Any], story: list[Event], limits: dict[str, Any]
) -> None:
    steady = {"image": "one", "restart": "always", "drift": {"unmanaged": "enforce"}}
    host = play({**spec, **steady}, [event for event in story if not isinstance(event, Declaration)])
    host.stored = replace(host.stored, pause=None, stopped=False)
    rest = {name: value for name, value in spec.items() if name not in LIMIT_NAMES}
    Declaration({**rest, **steady, **limits})(host)
    settle_for_good(host)

    assert all(one.resources == docker_limits(spec_of(host.stored)) for one in host.containers.values())


@quietly
@given(SPECS, STORIES)
def test_never_do_two_containers_of_a_slot_begin_to_run_side_by_side(spec: dict[str, Any], story: list[Event]) -> None:
    host = play(spec, story)
    for _ in range(40):
        for action in host.decide().actions:
            before = host.running_in(action.slot)
            host.carry_out([action])

            assert host.running_in(action.slot) <= max(before, 1)


@quietly
@given(SPECS, STORIES)
def test_nothing_is_done_while_paused(spec: dict[str, Any], story: list[Event]) -> None:
    host = play(spec, story)
    host.stored = replace(host.stored, pause=Pause("hands off", "ann", NOON))

    assert host.decide().actions == ()


@quietly
@given(SPECS, STORIES, SPECS, st.sampled_from([BROKEN, CRASHING]))
def test_an_update_that_can_not_run_is_tried_once_and_leaves_what_ran_running(
    spec: dict[str, Any], story: list[Event], update: dict[str, Any], image: str
) -> None:
    twice = {"replicas": 2, "container_name": None, "restart": "always"}
    host = play(spec, story)
    host.stored = replace(host.stored, pause=None, stopped=False, restart_requested=None)
    Declaration({**spec, **twice, "image": "one"})(host)
    settle_for_good(host)
    before = {one.id for one in host.containers.values()}

    Declaration({**update, **twice, "image": image})(host)
    host.settle()
    later = settle_for_good(host)

    assert {one.id for one in host.containers.values() if one.running} == before
    assert later == []


@quietly
@given(SPECS, STORIES)
def test_what_is_stopped_by_request_does_not_run(spec: dict[str, Any], story: list[Event]) -> None:
    host = play(spec, story)
    host.stored = replace(host.stored, pause=None, stopped=True)
    host.settle()

    assert not any(one.running for one in host.containers.values())


@quietly
@given(SPECS, STORIES)
def test_a_change_that_needs_no_deed_is_only_accepted(spec: dict[str, Any], story: list[Event]) -> None:
    host = play({**spec, "restart": "always", "image": "one"}, [])
    host.settle()
    Declaration({**spec, "restart": "always", "image": "one", "stop_grace_period": "77s"})(host)

    done = host.settle()

    assert [type(action).__name__ for action in done] == ["AcceptSpec"] * len(host.instances)


@quietly
@given(SPECS, STORIES)
def test_what_is_shown_as_nothing_to_change_gets_no_container_removed(spec: dict[str, Any], story: list[Event]) -> None:
    host = play(spec, story)
    host.settle()
    host.now += timedelta(seconds=61)
    decision = host.decide()
    if not decision.changes:
        removals = [one for one in decision.actions if isinstance(one, RemoveInstance | Stop)]
        serving = {c.id for c in host.containers.values() if c.running}

        assert not [one for one in removals if one.container_id in serving]
