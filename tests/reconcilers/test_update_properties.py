"""Whatever the rules of an update are and however it ends: never too few ready, never too many running, and it ends."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from desired_state.update import Pace, pace_of
from reconcilers.actions import Action
from tests.reconcilers.docker_model import BROKEN, CRASHING, Host
from tests.reconcilers.test_convergence import Declaration, host_of
from tests.reconcilers.worlds import spec_of

quietly = settings(max_examples=25)

COUNTS = st.sampled_from([1, 2, "50%"])
STOP_FIRST: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"order": st.just("stop-first")}, optional={"max_unavailable": COUNTS, "parallelism": st.integers(0, 3)}
)
START_FIRST: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"order": st.just("start-first")}, optional={"max_surge": COUNTS, "parallelism": st.integers(0, 3)}
)
BLUE_GREEN: st.SearchStrategy[dict[str, Any]] = st.just({"strategy": "blue-green"})
MORE: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {}, optional={"on_failure": st.sampled_from(["rollback", "pause", "continue"]), "delay": st.sampled_from([0, 30])}
)
RULES = st.builds(lambda rules, more: {**rules, **more}, st.one_of(STOP_FIRST, START_FIRST, BLUE_GREEN), MORE)
REPLICAS = st.integers(1, 4)
IMAGES = st.sampled_from(["two", "two", BROKEN, CRASHING])


def serving(image: str, replicas: int, rules: dict[str, Any]) -> Host:
    """Return a host where an update from a version that runs well to this image has just been declared."""
    spec = {"image": "one", "replicas": replicas, "network_mode": "bridge", "update": rules}
    host = host_of(spec)
    host.settle()
    host.now += timedelta(seconds=3600)
    Declaration({**spec, "image": image})(host)
    return host


def pace(host: Host) -> Pace:
    return pace_of(spec_of(host.stored))


def running(host: Host) -> int:
    return sum(one.running for one in host.containers.values())


def step(host: Host) -> list[Action]:
    """Do the first thing that is planned and forget the rest, as a controller that is killed after each deed."""
    host._crash()
    actions = host.decide().actions[:1]
    host.carry_out(actions)
    return list(actions)


def steps(host: Host, most: int = 400) -> None:
    """Let controllers live for one deed each until nothing is left to do, waiting where they wait."""
    idle = 0
    for _ in range(most):
        idle = 0 if step(host) or host.seen_running else idle + 1
        if idle:
            host.now += timedelta(seconds=31)
        if idle > 5:
            return
    raise AssertionError("does not end")


@quietly
@given(IMAGES, REPLICAS, RULES)
def test_never_fewer_are_ready_nor_more_running_than_allowed(image: str, replicas: int, rules: dict[str, Any]) -> None:
    host = serving(image, replicas, rules)
    least, most = replicas - pace(host).max_unavailable, replicas + pace(host).max_surge
    for _ in range(200):
        host._crash()
        actions = host.decide().actions
        before = running(host)
        for action in actions:
            host.carry_out([action])
            # What crashes by itself is nobody's deed: only what is done may not make it worse.
            assert running(host) >= min(least, before)
            assert running(host) <= (replicas if pace(host).order == "stop-first" else most)
        if not actions and not host.seen_running:
            host.now += timedelta(seconds=31)


@quietly
@given(IMAGES, REPLICAS, RULES)
def test_it_ends_the_same_when_every_deed_is_the_last_of_its_controller(
    image: str, replicas: int, rules: dict[str, Any]
) -> None:
    whole, cut = serving(image, replicas, rules), serving(image, replicas, rules)
    for _ in range(40):
        whole.settle()
        whole.now += timedelta(seconds=31)
    steps(cut)

    assert ended(whole) == ended(cut)
    assert cut.decide().actions == ()


def ended(host: Host) -> tuple[str, list[tuple[str, str, str]]]:
    assert host.rollout is not None
    containers = [(one.name, one.image, one.state) for one in host.containers.values() if one.running]
    return host.rollout.state, sorted(containers)


@quietly
@given(REPLICAS, RULES)
def test_what_works_runs_everywhere_in_the_end(replicas: int, rules: dict[str, Any]) -> None:
    host = serving("two", replicas, rules)
    steps(host)

    assert ended(host) == ("complete", sorted((name, "two", "running") for name in host.final_names()))


@quietly
@given(st.sampled_from([BROKEN, CRASHING]), REPLICAS, RULES)
def test_what_fails_leaves_the_very_containers_that_ran(image: str, replicas: int, rules: dict[str, Any]) -> None:
    host = serving(image, replicas, {**rules, "on_failure": "rollback"})
    before = set(host.containers)
    steps(host)

    assert host.rollout is not None
    assert host.rollout.state == "rolled-back"
    assert {one.id for one in host.containers.values() if one.running} == before == set(host.containers)


@quietly
@given(st.sampled_from([BROKEN, CRASHING]), REPLICAS, RULES)
def test_what_was_rolled_back_is_not_tried_again_by_itself(image: str, replicas: int, rules: dict[str, Any]) -> None:
    host = serving(image, replicas, {**rules, "on_failure": "rollback"})
    steps(host)

    for _ in range(20):
        host.now += timedelta(seconds=601)
        assert host.decide().actions == ()


@quietly
@given(REPLICAS, RULES)
def test_a_revert_half_way_ends_with_the_former_containers_where_they_are_still_there(
    replicas: int, rules: dict[str, Any]
) -> None:
    host = serving("two", replicas, rules)
    before = set(host.containers)
    for _ in range(4):
        step(host)
    former = spec_of(host.stored).declared() | {"image": "one"}
    resource = replace(host.stored.resource, spec=type(spec_of(host.stored)).from_declared(former))
    host.stored = replace(host.stored, resource=resource, generation=host.stored.generation + 1)
    steps(host)

    assert {one.id for one in host.containers.values()} == before
    assert host.rollout is None or host.rollout.state == "complete"
