"""Creations and removals that were cut off, containers that vanished, and whole resources that go."""

from dataclasses import replace
from typing import Any

import pytest

from observed_state.instance import Instance, Restarts
from reconcilers.actions import CreateInstance, Forget
from tests.reconcilers.worlds import (
    NOON,
    WEB,
    created,
    deed_names,
    deeds,
    exited,
    foreign,
    later,
    network,
    paths,
    plan,
    recorded,
    running,
    status,
    web,
    world,
)

PENDING = replace(created(WEB)[0], phase="pending", container_id=None, baseline=None)


def test_a_creation_that_was_begun_is_carried_out_under_its_name_and_record() -> None:
    [create] = deeds(world(WEB, gone=[replace(PENDING, name="shop-web-1-r1")]))

    assert isinstance(create, CreateInstance)
    assert (create.instance, create.name, create.final_name) == (PENDING.uid, "shop-web-1-r1", "shop-web-1")


def test_one_that_is_no_longer_declared_so_is_ended_first() -> None:
    assert deed_names(world(web(2), gone=[PENDING])) == ["RemoveInstance"]


def test_one_that_was_refused_is_tried_again_after_a_minute() -> None:
    refused = replace(PENDING, restarts=Restarts(held="CreateRefused", last_reason="bad", retry_at=later(60)))
    seen = world(WEB, gone=[refused])

    assert (deeds(seen), status(seen), plan(seen).requeue_at) == ([], ("Held", "CreateRefused"), later(60))
    assert deed_names(seen, later(60)) == ["CreateInstance"]


def test_one_whose_network_went_meanwhile_waits_for_it() -> None:
    assert deeds(world(WEB, gone=[PENDING], networks={"default": None})) == []
    assert deed_names(world(WEB, gone=[PENDING], networks={"default": network()})) == ["CreateInstance"]


def test_what_serves_lives_on_while_its_successor_waits_to_be_made() -> None:
    owner = web(2, image="busybox:2")
    successor = replace(PENDING, generation=2, name="shop-web-1-r2")
    seen = world(owner, exited(WEB), gone=[successor], networks={"default": None})

    assert deed_names(seen) == ["Start"]


@pytest.mark.parametrize(
    ("pair", "names"), [(running(WEB), ["Stop", "RemoveInstance"]), (exited(WEB), ["RemoveInstance"])]
)
def test_a_removal_that_was_begun_is_carried_on(pair: Any, names: list[str]) -> None:
    assert deed_names(world(WEB, recorded(pair, phase="removing"))) == names


def test_a_removal_of_what_is_gone_is_only_recorded() -> None:
    assert deed_names(world(WEB, gone=[replace(created(WEB)[0], phase="removing")])) == ["RemoveInstance"]


def test_a_removal_that_is_stuck_does_not_keep_the_successor_from_its_restart() -> None:
    owner = web(2, image="busybox:2")
    stuck = recorded(exited(WEB), phase="removing")

    assert deed_names(world(owner, stuck, exited(owner))) == ["Start", "RemoveInstance"]


# vanished


def test_what_is_gone_is_forgotten_and_then_made_anew() -> None:
    lost = running(WEB)[0]

    [forget] = deeds(world(WEB, gone=[lost]))
    assert isinstance(forget, Forget)
    assert paths(world(WEB, gone=[lost])) == [("status.state", "drift", "recreate")]
    assert deed_names(world(WEB)) == ["CreateInstance"]


def test_a_name_that_a_stranger_took_meanwhile_is_a_conflict() -> None:
    assert status(world(WEB, holders=foreign())) == ("Conflict", "NameTaken")


def gone_job(owner_generation: int = 1, restart: str = "never", **changes: Any) -> Instance:
    owner = web(owner_generation, restart=restart)
    return replace(created(owner)[0], **{"restarts": Restarts(last_exit_at=NOON, last_exit_code=0), **changes})


@pytest.mark.parametrize(("restart", "phase"), [("never", "Completed"), ("on-failure", "Completed")])
def test_a_job_is_not_run_twice_because_somebody_removed_its_container(restart: str, phase: str) -> None:
    seen = world(web(restart=restart), gone=[gone_job(restart=restart)])

    assert (deeds(seen), status(seen)[0]) == ([], phase)


def test_a_failed_job_stays_failed() -> None:
    job = gone_job(restarts=Restarts(last_exit_at=NOON, last_exit_code=3))

    assert status(world(web(restart="never"), gone=[job])) == ("Failed", "Failed")


def test_a_job_that_was_removed_while_it_ran_runs_again() -> None:
    assert deed_names(world(web(restart="never"), gone=[gone_job(restarts=Restarts())])) == ["Forget"]


def test_a_job_whose_spec_changed_runs_again() -> None:
    changed = web(2, restart="never", image="busybox:2")

    assert deed_names(world(changed, gone=[gone_job()])) == ["Forget"]


def test_a_job_is_not_run_again_because_its_record_is_to_be_kept_for_longer() -> None:
    changed = web(2, restart="never", ttl_after_finished="2h")

    assert deeds(world(changed, gone=[gone_job()], rollout=None)) == []


def test_a_job_runs_again_when_asked() -> None:
    owner = replace(web(restart="never"), restart_requested=later(1))

    assert deed_names(world(owner, gone=[gone_job()])) == ["Forget"]


def test_nothing_is_made_again_of_what_is_stopped() -> None:
    stopped = replace(WEB, stopped=True)

    assert deed_names(world(stopped, gone=[running(WEB)[0]])) == ["Forget"]
    assert deeds(world(stopped)) == []


# deletion

DELETED = replace(WEB, deleting_since=NOON)


def test_a_deletion_stops_and_removes_every_container() -> None:
    owner = web(replicas=2)
    seen = world(replace(owner, deleting_since=NOON), running(owner, 1), exited(owner, slot=2))

    assert deed_names(seen) == ["Stop", "RemoveInstance", "RemoveInstance"]
    assert [change.action for change in plan(seen).changes] == ["delete", "delete"]


def test_it_ends_what_was_being_made_and_what_is_gone() -> None:
    assert deed_names(world(DELETED, gone=[PENDING, running(WEB)[0]])) == ["RemoveInstance", "RemoveInstance"]


def test_it_keeps_the_declared_grace_period() -> None:
    owner = web(stop_grace_period="42s")

    stop = deeds(world(replace(owner, deleting_since=NOON), running(owner)))[0]
    assert getattr(stop, "grace_s", None) == 42.0


def test_the_resource_goes_when_nothing_of_it_is_left() -> None:
    assert deed_names(world(DELETED)) == ["FinishDeletion"]


def test_a_deletion_says_how_much_is_left() -> None:
    seen = world(DELETED, running(WEB))

    assert status(seen)[0] == "Deleting"
    assert plan(seen).status.message == "1 containers left to remove"


def test_copies_and_strangers_survive_a_deletion() -> None:
    copy = replace(running(WEB)[1], id="c" * 64)

    assert deed_names(world(DELETED, copies=(copy,), holders=foreign())) == ["FinishDeletion"]
