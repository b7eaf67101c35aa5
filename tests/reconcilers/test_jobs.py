"""What runs to completion: its deadline, its end, and what is left of it afterwards."""

from dataclasses import replace
from typing import Any

import pytest

from observed_state.instance import Restarts
from reconcilers.actions import Retire, Stop
from reconcilers.world import ContainerWorld, Outage
from tests.reconcilers.worlds import (
    NOON,
    Pair,
    deed_names,
    deeds,
    exited,
    later,
    paths,
    plan,
    recorded,
    running,
    status,
    web,
    with_restarts,
    world,
)


def job(code: int, restart: Any = "never", restarts: dict[str, Any] | None = None, **spec: Any) -> ContainerWorld:
    """Return a job whose container ended at noon, after ten seconds."""
    owner = web(restart=restart, **spec)
    return world(owner, with_restarts(exited(owner, code), **(restarts or {})))


# what gave up differs from nothing


@pytest.mark.parametrize(("failures", "expected"), [(1, [("status.state", "drift", "restart")]), (2, [])])
def test_a_job_that_was_tried_often_enough_is_as_it_should_be(failures: int, expected: list[Any]) -> None:
    assert paths(job(1, "on-failure:2", {"failures": failures})) == expected


def test_an_end_that_came_with_the_daemon_is_not_the_last_try() -> None:
    owner = web(restart="on-failure:2")
    seen = world(owner, with_restarts(exited(owner, 137), failures=2), outage=Outage(NOON, later(30)))

    assert deed_names(seen) == ["Start"]


def test_the_limit_may_be_written_as_kubernetes_writes_it() -> None:
    seen = job(1, {"policy": "on-failure", "backoff_limit": 2}, {"failures": 2})

    assert status(seen) == ("Failed", "AttemptsExhausted")


# the deadline


def deadlined(pair: Pair | None = None, **restarts: Any) -> ContainerWorld:
    owner = web(restart="on-failure", active_deadline="30s")
    return world(owner, with_restarts(pair or running(owner, started_at=NOON), **restarts))


def test_a_job_within_its_deadline_is_looked_at_again_when_that_is_over() -> None:
    seen = deadlined()

    assert (deeds(seen, later(29)), plan(seen, later(29)).requeue_at) == ([], later(30))


def test_a_job_past_its_deadline_is_stopped_for_good() -> None:
    [halt] = deeds(deadlined(), later(30))

    assert isinstance(halt, Stop)
    assert halt.for_good == "DeadlineExceeded"


def test_the_deadline_counts_from_the_first_try() -> None:
    owner = web(restart="on-failure", active_deadline="30s")
    retried = with_restarts(running(owner, started_at=later(20)), began=NOON, failures=2)

    assert deed_names(world(owner, retried), later(30)) == ["Stop"]


def test_a_job_that_waits_for_its_next_try_ends_at_its_deadline_too() -> None:
    owner = web(restart="on-failure", active_deadline="30s")
    waiting = with_restarts(exited(owner), began=later(-20), failures=5, last_restart=later(-10))

    assert plan(world(owner, waiting)).requeue_at == later(6)
    assert deed_names(world(owner, with_restarts(waiting, failures=7)), later(10)) == ["Stop"]


def test_what_was_stopped_at_its_deadline_has_failed_and_stays_so() -> None:
    owner = web(restart="on-failure", active_deadline="30s")
    ended = recorded(with_restarts(exited(owner, 143), ended="DeadlineExceeded"), stop_expected=True)
    seen = world(owner, ended)

    assert (deeds(seen, later(600)), paths(seen)) == ([], [])
    assert status(seen) == ("Failed", "DeadlineExceeded")
    assert "stopped at its deadline; exited with code 143" in plan(seen).status.message


def test_what_was_stopped_at_its_deadline_runs_again_when_asked() -> None:
    owner = replace(web(restart="never", active_deadline="30s"), restart_requested=later(60))
    ended = recorded(with_restarts(exited(owner, 143), ended="DeadlineExceeded"), stop_expected=True)

    assert deed_names(world(owner, ended), later(60)) == ["Start"]


# what is left


@pytest.mark.parametrize("code", [0, 1])
def test_a_finished_job_is_kept_as_long_as_declared_and_then_tidied_away(code: int) -> None:
    seen = job(code, ttl_after_finished="1h")

    assert (deeds(seen, later(3599)), plan(seen, later(3599)).requeue_at) == ([], later(3600))
    assert [type(one) for one in deeds(seen, later(3600))] == [Retire]


def test_a_job_that_gave_up_is_tidied_away_too() -> None:
    assert deed_names(job(1, "on-failure:1", {"failures": 1}, ttl_after_finished="1h"), later(3600)) == ["Retire"]


def test_without_a_time_to_live_a_finished_job_stays() -> None:
    assert deeds(job(0), later(1e6)) == []


def gone(**restarts: Any) -> ContainerWorld:
    owner = web(restart="on-failure:2", ttl_after_finished="1h")
    ended = with_restarts(exited(owner), last_exit_at=NOON, **restarts)[0]
    return world(owner, gone=[replace(ended, stop_expected=bool(restarts.get("ended")))])


@pytest.mark.parametrize(
    ("restarts", "expected"),
    [
        ({"last_exit_code": 0}, ("Completed", "Completed")),
        ({"last_exit_code": 3, "failures": 2}, ("Failed", "AttemptsExhausted")),
        ({"last_exit_code": 143, "ended": "DeadlineExceeded"}, ("Failed", "DeadlineExceeded")),
    ],
)
def test_how_it_ended_outlives_its_container(restarts: dict[str, Any], expected: tuple[str, str]) -> None:
    seen = gone(**restarts)

    assert (deeds(seen), paths(seen), status(seen)) == ([], [], expected)


def test_a_job_that_had_tries_left_when_its_container_went_runs_again() -> None:
    assert deed_names(gone(last_exit_code=3, failures=1)) == ["Forget"]


def test_a_run_that_was_over_before_its_start_was_answered_is_not_run_again() -> None:
    assert deeds(gone(last_exit_code=0, began=later(1))) == []


def test_an_end_before_the_last_start_tells_nothing() -> None:
    assert deed_names(gone(last_exit_code=0, unended=True)) == ["Forget"]


def test_a_record_without_an_end_tells_nothing() -> None:
    owner = web(restart="never")

    assert deed_names(world(owner, gone=[replace(exited(owner)[0], restarts=Restarts())])) == ["Forget"]
