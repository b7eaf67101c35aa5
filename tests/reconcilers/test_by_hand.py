"""What a person asks for: stop, start, restart, pause; and what a failing check asks for."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from desired_state.resource import Pause, Stored
from observed_state.health import Health, ProbeResult
from reconcilers.actions import Start, Stop
from reconcilers.world import ContainerWorld
from tests.reconcilers.worlds import (
    LONG_AGO,
    NOON,
    WEB,
    created,
    deed_names,
    deeds,
    exited,
    held,
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

STOPPED = replace(WEB, stopped=True)
ASKED = replace(WEB, restart_requested=NOON)


def test_what_is_to_be_stopped_is_stopped_within_its_grace_period() -> None:
    owner = web(stop_grace_period="3s")

    [stop] = deeds(world(replace(owner, stopped=True), running(owner)))

    assert isinstance(stop, Stop)
    assert stop.grace_s == 3.0


@pytest.mark.parametrize("pair", [created(WEB), exited(WEB), recorded(exited(WEB), stop_expected=True)])
def test_what_is_stopped_stays_so(pair: Any) -> None:
    seen = world(STOPPED, pair)

    assert (deeds(seen), status(seen)) == ([], ("Stopped", "Stopped"))


def test_a_stop_ends_dockers_own_restarts_too() -> None:
    assert deed_names(world(STOPPED, created(WEB, state="restarting", started_at=LONG_AGO))) == ["Stop"]


def test_nothing_is_made_for_what_is_stopped() -> None:
    assert deeds(world(STOPPED)) == []


def test_what_is_stopped_is_replaced_when_it_is_started_again() -> None:
    newer = web(2, image="busybox:2")
    pair = recorded(exited(WEB), stop_expected=True)

    assert deeds(world(replace(newer, stopped=True), pair)) == []
    assert deed_names(world(newer, pair)) == ["CreateInstance"]


def test_what_was_cut_short_by_a_stop_is_started_again_whatever_its_policy() -> None:
    owner = web(restart="never")

    assert deed_names(world(owner, recorded(exited(owner, 143), stop_expected=True))) == ["Start"]


# restart


def test_a_restart_is_a_stop_and_a_start_that_counts_no_crash() -> None:
    stop, start = deeds(world(ASKED, running(WEB)))

    assert isinstance(stop, Stop)
    assert isinstance(start, Start)
    assert (start.restart, start.failures) == (True, None)


@pytest.mark.parametrize(
    "pair", [running(WEB, started_at=later(1)), with_restarts(running(WEB), last_restart=later(1))]
)
def test_a_restart_is_done_once(pair: Any) -> None:
    assert deeds(world(ASKED, pair)) == []


def test_a_container_made_since_needs_no_restart() -> None:
    [start] = deeds(world(ASKED, created(WEB, created_at=later(1))))

    assert isinstance(start, Start)
    assert not start.restart


def test_a_restart_does_not_wait_for_a_backoff_or_a_hold() -> None:
    waiting = with_restarts(exited(WEB, started_at=LONG_AGO), failures=7, last_restart=later(-5))

    assert deed_names(world(ASKED, waiting)) == ["Start"]
    assert deed_names(world(ASKED, held(created(WEB)))) == ["Start"]


def test_a_restart_that_can_not_start_is_held_again_and_not_hammered() -> None:
    tried = with_restarts(held(created(WEB)), last_restart=later(1))

    assert deeds(world(ASKED, tried), later(2)) == []


def test_a_job_that_is_done_runs_again_when_asked() -> None:
    owner = replace(web(restart="never"), restart_requested=later(1))

    assert deed_names(world(owner, exited(owner, 0))) == ["Start"]


# pause


def paused(until: datetime | None = None, owner: Stored = WEB) -> Stored:
    return replace(owner, pause=Pause("looking into it", "ann", LONG_AGO, until))


@pytest.mark.parametrize(
    "pairs", [(), (exited(WEB),), (running(WEB), running(WEB, slot=2)), (running(WEB, name="renamed"),)]
)
def test_nothing_is_done_while_paused_and_everything_is_shown(pairs: Any) -> None:
    on, off = plan(world(WEB, *pairs)), plan(world(paused(), *pairs))

    assert off.actions == ()
    assert [change.fields for change in off.changes] == [change.fields for change in on.changes]


def test_a_pause_shows_who_asked_for_it_until_when_and_why() -> None:
    decision = plan(world(paused(until=later(60)), running(WEB)))

    assert decision.status.phase == "Paused"
    assert decision.status.message == "paused by ann until 2026-05-01 12:01:00 UTC: looking into it"
    assert decision.status.conditions[-1].type == "Paused"


def test_a_pause_ends_by_itself() -> None:
    seen = world(paused(until=later(60)), exited(WEB))

    assert (deeds(seen, later(59)), plan(seen).requeue_at) == ([], later(60))
    assert deed_names(seen, later(60)) == ["Start"]


def test_a_deletion_goes_on_while_paused() -> None:
    assert deed_names(world(replace(paused(), deleting_since=NOON), running(WEB))) == ["Stop", "RemoveInstance"]


# checks


def probed(owner: Stored, verdict: str, kind: str = "liveness", **restarts: Any) -> ContainerWorld:
    instance, container = with_restarts(running(owner), **restarts)
    result = ProbeResult(kind, verdict, NOON, "refused")  # type: ignore[arg-type]  # parametrised
    report = Health(container.id, container.started_at, **{kind: result})
    return world(owner, (instance, container), health={container.id: report})


LIVE = web(probes={"liveness": {"tcp": {"port": 80}}})
READY = web(probes={"readiness": {"tcp": {"port": 80}}})


def test_a_failing_liveness_probe_restarts_and_counts_as_a_crash() -> None:
    stop, start = deeds(probed(LIVE, "failing"))

    assert (type(stop), type(start)) == (Stop, Start)
    assert isinstance(start, Start)
    assert (start.reason, start.failures) == ("liveness probe failed: refused", 1)


def test_it_restarts_along_the_same_backoff() -> None:
    young = with_restarts(running(LIVE, started_at=NOON), failures=3, last_restart=NOON)
    result = ProbeResult("liveness", "failing", NOON, "refused")
    seen = world(LIVE, young, health={young[1].id: Health(young[1].id, NOON, liveness=result)})

    assert (deeds(seen), plan(seen).requeue_at) == ([], later(4))
    assert deed_names(seen, later(4)) == ["Stop", "Start"]


def test_dockers_own_failing_check_restarts_too() -> None:
    seen = world(WEB, running(WEB, health="unhealthy", health_output="no answer"))

    assert deed_names(seen) == ["Stop", "Start"]
    assert "unhealthy: no answer" in deeds(seen)[0].reason


@pytest.mark.parametrize("policy", ["never", "delegated"])
def test_what_is_not_ours_to_restart_is_only_said_to_fail(policy: str) -> None:
    owner = web(restart=policy)
    seen = world(owner, running(owner, health="unhealthy"))

    assert (deeds(seen), status(seen)[1]) == ([], "NotReady")


@pytest.mark.parametrize(("verdict", "ready"), [("passing", True), ("failing", False), ("unknown", False)])
def test_a_readiness_probe_decides_on_readiness_and_restarts_nothing(verdict: str, ready: bool) -> None:
    seen = probed(READY, verdict, "readiness")

    assert (deeds(seen), plan(seen).status.ready) == ([], ready)


def test_a_report_about_an_earlier_run_says_nothing() -> None:
    seen = probed(LIVE, "failing")
    [report] = seen.health.values()
    old = replace(report, started_at=LONG_AGO.replace(year=2020))

    assert deeds(replace(seen, health={old.container_id: old})) == []


def test_it_is_not_ready_before_dockers_check_has_passed() -> None:
    assert not plan(world(WEB, running(WEB, health="starting"))).status.ready


def test_what_somebody_paused_is_unpaused() -> None:
    seen = world(WEB, running(WEB, state="paused"))

    assert (deed_names(seen), paths(seen)) == (["Unpause"], [("status.state", "drift", "in-place")])
