"""How a resource stands, in one word and in conditions; and what its dependents are told."""

from dataclasses import replace
from typing import Any

import pytest

from observed_state.status import Condition, Status
from reconcilers.dependencies import judge
from reconcilers.world import ContainerWorld
from tests.reconcilers.worlds import (
    NOON,
    WEB,
    created,
    exited,
    foreign,
    held,
    plan,
    recorded,
    running,
    web,
    with_restarts,
    world,
)


def status(seen: ContainerWorld) -> Status:
    return plan(seen).status


def condition(seen: ContainerWorld, kind: str) -> Condition | None:
    return next((one for one in status(seen).conditions if one.type == kind), None)


def test_ready_is_said_when_every_replica_is() -> None:
    owner = web(replicas=2)
    found = status(world(owner, running(owner), running(owner, 2)))

    assert (found.phase, found.ready, found.desired, found.running) == ("Ready", True, 2, 2)


def test_the_worst_replica_names_the_resource() -> None:
    owner = web(replicas=2)
    seen = world(owner, running(owner), held(created(owner, 2)))

    assert (status(seen).phase, status(seen).ready, status(seen).running) == ("Held", False, 1)


def test_a_resource_without_replicas_is_ready() -> None:
    assert status(world(web(replicas=0))).ready


def test_restarts_of_all_replicas_add_up() -> None:
    owner = web(replicas=2)
    seen = world(owner, with_restarts(running(owner), total=2), with_restarts(running(owner, 2), total=3))

    assert status(seen).restarts == 5


def test_a_status_says_which_generation_it_is_about() -> None:
    assert status(world(web(7))).observed_generation == 7


@pytest.mark.parametrize(("changes", "reason"), [({}, "InSync"), ({"name": "mine"}, "OutOfBand")])
def test_drift_is_a_condition(changes: dict[str, Any], reason: str) -> None:
    found = condition(world(WEB, running(WEB, **changes)), "Drifted")

    assert found is not None
    assert found.reason == reason


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        (world(WEB, held(created(WEB))), "Held"),
        (world(WEB, with_restarts(exited(WEB), failures=3, last_restart=NOON)), "CrashLooping"),
        (world(WEB, holders=foreign()), "Conflict"),
        (world(WEB, refused=(("gpus", "no"),)), "Accepted"),
        (world(WEB, recorded(running(WEB), warnings=("no swap limit",))), "NotHonoured"),
        (world(WEB, running(WEB), guard="too many at once"), "GCPaused"),
    ],
)
def test_trouble_is_a_condition_of_its_own(seen: ContainerWorld, kind: str) -> None:
    assert condition(seen, kind) is not None
    assert condition(world(WEB, running(WEB)), kind) is None


# what dependents are told


def test_what_is_not_declared_or_is_going_is_missing() -> None:
    assert judge(None).state == "missing"
    assert judge(world(replace(WEB, deleting_since=NOON), running(WEB))).state == "missing"


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (world(WEB), "waiting"),
        (world(WEB, created(WEB)), "waiting"),
        (world(WEB, exited(WEB, 0)), "waiting"),
        (world(WEB, running(WEB, health="starting")), "started"),
        (world(WEB, running(WEB)), "healthy"),
        (world(web(replicas=2), running(web(replicas=2))), "waiting"),
        (world(web(restart="never"), exited(web(restart="never"), 0)), "completed"),
        (world(web(restart="never"), exited(web(restart="never"), 1)), "failed"),
    ],
)
def test_a_resource_is_as_far_as_its_weakest_replica(seen: ContainerWorld, state: str) -> None:
    assert judge(seen).state == state


def test_a_job_that_ergon_stopped_has_not_completed() -> None:
    owner = web(restart="never")

    assert judge(world(owner, recorded(exited(owner, 0), stop_expected=True))).state == "waiting"


def test_in_a_replacement_the_one_that_serves_counts() -> None:
    newer = web(2)

    assert judge(world(newer, running(WEB), created(newer))).state == "healthy"
    assert judge(world(newer, exited(WEB), running(newer))).state == "healthy"


def test_what_companions_say_is_told_once_of_each_kind() -> None:
    owner = web(replicas=2)
    pairs = [running(owner), running(owner, 2)]
    ids = [container.id for _, container in pairs]
    said = {
        ids[0]: (Condition("ServicesDiscovered", "True", "Found", "redis on 6379"),),
        ids[1]: (
            Condition("MemoryPressure", "True", "memory-near-limit", "it uses 95 % of its memory"),
            Condition("ServicesDiscovered", "True", "Found", "http on 80"),
        ),
    }
    seen = world(owner, *pairs, companions=said)

    pressure, services = condition(seen, "MemoryPressure"), condition(seen, "ServicesDiscovered")
    assert pressure
    assert (pressure.reason, pressure.observed_generation) == ("memory-near-limit", owner.generation)
    assert services
    assert services.message == "redis on 6379; http on 80"


def test_what_the_planner_says_itself_goes_before_what_companions_say() -> None:
    owner = web()
    pair = with_restarts(exited(owner), failures=3, last_restart=NOON, total=3)
    said = {pair[1].id: (Condition("CrashLooping", "True", "module-missing", "no module named yaml"),)}
    seen = world(owner, pair, companions=said)

    found = [one for one in status(seen).conditions if one.type == "CrashLooping"]
    assert [one.reason for one in found] == [status(seen).reason]
