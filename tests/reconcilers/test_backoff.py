"""How a container that crashes is restarted: the whole curve, what resets it, and what does not count."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from reconcilers.actions import Start
from reconcilers.world import ContainerWorld, Outage
from tests.reconcilers.worlds import (
    NOON,
    WEB,
    Pair,
    deed_names,
    deeds,
    exited,
    later,
    plan,
    recorded,
    status,
    web,
    with_restarts,
    world,
)

WHOLE_CURVE = [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]


def crashed(pair: Pair | None = None, failures: int = 0, last_restart: datetime | None = NOON) -> ContainerWorld:
    return world(WEB, with_restarts(pair or exited(WEB), failures=failures, last_restart=last_restart))


def start_of(seen: ContainerWorld, now: datetime = NOON) -> Start:
    [start] = deeds(seen, now)
    assert isinstance(start, Start)
    return start


def waits_s(failures: int) -> float:
    """Return how long after the last restart the next one comes."""
    requeue_at = plan(crashed(failures=failures)).requeue_at
    return (requeue_at - NOON).total_seconds() if requeue_at else 0.0


def test_the_waits_grow_from_none_to_a_minute() -> None:
    assert [waits_s(failures) for failures in range(10)] == WHOLE_CURVE


@pytest.mark.parametrize("failures", range(1, 10))
def test_it_starts_when_the_wait_is_over_and_not_before(failures: int) -> None:
    due = later(WHOLE_CURVE[failures])

    assert deeds(crashed(failures=failures), due - timedelta(milliseconds=1)) == []
    assert start_of(crashed(failures=failures), due).failures == failures + 1


def test_a_container_that_crashes_again_and_again_walks_the_curve() -> None:
    instance, container = exited(WEB)
    now, starts = NOON, []
    for _ in range(10):
        seen = world(WEB, (instance, container))
        now = plan(seen, now).requeue_at or now
        failures = start_of(seen, now).failures or 0
        starts.append(now)
        instance = replace(instance, restarts=replace(instance.restarts, failures=failures, last_restart=now))
        container = replace(container, started_at=now, finished_at=now + timedelta(milliseconds=100))

    gaps = [(after - before).total_seconds() for before, after in zip([NOON, *starts], starts, strict=False)]
    assert gaps == WHOLE_CURVE


def test_the_wait_counts_from_the_restart_and_not_from_the_crash() -> None:
    slow = exited(WEB, started_at=NOON, finished_at=later(90))

    assert start_of(crashed(slow, failures=7), later(90)).failures == 8


@pytest.mark.parametrize(("ran_s", "counted"), [(599, 6), (600, 1)])
def test_a_run_of_ten_minutes_wipes_the_slate_clean(ran_s: float, counted: int) -> None:
    ended = exited(WEB, started_at=NOON, finished_at=later(ran_s))

    assert start_of(crashed(ended, failures=5), later(ran_s)).failures == counted


def test_the_curve_is_what_is_declared() -> None:
    owner = web(restart={"policy": "always", "backoff": {"initial": "3s", "max": "7s", "reset_after": "5s"}})
    waits = [
        plan(world(owner, with_restarts(exited(owner, started_at=later(-4)), failures=n, last_restart=NOON))).requeue_at
        for n in (1, 2, 3)
    ]

    assert waits == [later(3), later(6), later(7)]


def test_a_new_spec_begins_a_new_curve() -> None:
    pair = with_restarts(exited(WEB), failures=6, last_restart=NOON)
    names = deed_names(world(web(2, stop_grace_period="3s"), pair))

    assert names == ["Start", "AcceptSpec"]


def test_it_says_that_it_waits_and_why() -> None:
    seen = crashed(exited(WEB, 137, oom_killed=True), failures=3)

    assert status(seen) == ("CrashLooping", "BackingOff")
    assert "exited with code 137 (out of memory); restarted 3 times" in plan(seen).status.message


def test_always_backs_off_from_an_exit_without_error_too() -> None:
    assert deeds(crashed(exited(WEB, 0), failures=3)) == []


# what other policies say


def ended(restart: Any, code: int, failures: int = 0, **more: Any) -> ContainerWorld:
    owner = web(restart=restart, **more)
    return world(owner, with_restarts(exited(owner, code), failures=failures, last_restart=later(-100)))


def test_on_failure_leaves_an_exit_without_error_alone() -> None:
    assert (deeds(ended("on-failure", 0)), status(ended("on-failure", 0))) == ([], ("Completed", "Completed"))


def test_on_failure_restarts_after_an_error() -> None:
    assert deed_names(ended("on-failure", 3)) == ["Start"]


@pytest.mark.parametrize(("failures", "names"), [(2, ["Start"]), (3, [])])
def test_attempts_end_the_retries(failures: int, names: list[str]) -> None:
    assert deed_names(ended("on-failure:3", 1, failures)) == names


def test_it_says_that_it_gave_up() -> None:
    assert status(ended("on-failure:3", 1, 3)) == ("Failed", "AttemptsExhausted")


@pytest.mark.parametrize(("code", "phase"), [(0, "Completed"), (1, "Failed")])
def test_never_leaves_every_end_alone(code: int, phase: str) -> None:
    assert (deeds(ended("never", code)), status(ended("never", code))[0]) == ([], phase)


def test_delegated_leaves_every_end_to_docker() -> None:
    assert deeds(ended("delegated", 1)) == []


def test_unless_stopped_is_always() -> None:
    assert deed_names(ended("unless-stopped", 0)) == ["Start"]


# ends that are nobody's crash


def uncounted(pair: Pair, **facts: Any) -> Start:
    return start_of(world(WEB, with_restarts(pair, failures=5, last_restart=NOON), **facts))


def test_what_ergon_stopped_starts_at_once_with_a_clean_slate() -> None:
    start = uncounted(recorded(exited(WEB, 143), stop_expected=True))

    assert (start.restart, start.failures) == (True, None)


def test_what_was_stopped_by_hand_starts_at_once_and_is_not_counted() -> None:
    pair = exited(WEB, 143)

    assert uncounted(pair, hand_stopped={pair[1].id: NOON}).failures == 5


def test_a_stop_by_hand_before_this_run_excuses_nothing() -> None:
    pair = exited(WEB, 143)
    seen = world(WEB, with_restarts(pair, failures=5, last_restart=NOON), hand_stopped={pair[1].id: later(-3600)})

    assert deeds(seen) == []


@pytest.mark.parametrize(("ended_s", "excused"), [(-1, False), (0, True), (30, True), (31, False)])
def test_what_ended_with_the_daemon_is_not_counted(ended_s: float, excused: bool) -> None:
    pair = with_restarts(exited(WEB, 137, finished_at=later(ended_s)), failures=5, last_restart=NOON)
    seen = world(WEB, pair, outage=Outage(NOON, later(30)))

    assert bool(deeds(seen)) is excused


def test_a_container_without_times_is_just_started() -> None:
    assert deed_names(world(WEB, exited(WEB, finished_at=None))) == ["Start"]
