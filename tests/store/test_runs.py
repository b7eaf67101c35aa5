"""Scheduled runs in the store."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from observed_state.run import Followed, Run
from store import resources, retention, runs
from tests.store.builders import NOON, WEB, stored

RUN = Run(1, NOON, NOON)


def test_a_run_is_read_as_it_was_recorded(session: Session) -> None:
    owner = stored(session)
    ended = replace(RUN, state="failed", started_at=NOON, ended_at=NOON, exit_code=3, message="exited", times=2)
    runs.save(session, owner, RUN)
    runs.save(session, owner, ended)

    assert runs.recent(session) == {owner.uid: [ended]}


def test_one_time_of_a_schedule_has_one_run(session: Session) -> None:
    owner = stored(session)
    runs.save(session, owner, RUN)

    with pytest.raises(IntegrityError):
        runs.save(session, owner, replace(RUN, number=2))


def test_how_far_a_schedule_was_followed_is_kept(session: Session) -> None:
    owner = stored(session)
    runs.follow(session, owner, Followed("0 3 * * * UTC", NOON))
    further = Followed("0 3 * * * UTC", NOON + timedelta(days=1), 7, 2, {"image": "busybox"})
    runs.follow(session, owner, further)

    assert runs.followed(session) == {owner.uid: further}


def test_the_newest_runs_and_those_not_over_are_remembered(session: Session) -> None:
    owner = stored(session)
    fill(session, runs.RECENT + 10)
    runs.save(session, owner, replace(RUN, number=3, scheduled_for=NOON + timedelta(days=3), state="running"))

    remembered = [run.number for run in runs.recent(session)[owner.uid]]
    assert remembered == [3, *range(11, runs.RECENT + 11)]


def test_runs_go_with_their_resource(session: Session) -> None:
    stored(session)
    fill(session, 2)
    resources.remove(session, WEB, NOON)

    assert (runs.recent(session), runs.followed(session)) == ({}, {})


def test_runs_are_forgotten_after_a_month_and_how_far_their_schedule_was_followed_is_not(session: Session) -> None:
    owner = stored(session)
    fill(session, 3)
    retention.purge(session, NOON + timedelta(days=33))

    assert [run.number for run in runs.recent(session)[owner.uid]] == [3]
    assert runs.followed(session)[owner.uid].number == 3


def test_of_many_young_runs_the_newest_are_kept(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "KEPT", 2)
    owner = stored(session)
    fill(session, 5)
    retention.purge(session, NOON)

    assert [run.number for run in runs.recent(session)[owner.uid]] == [4, 5]


def fill(session: Session, count: int) -> None:
    """Record that many runs that succeeded, one a day."""
    owner = resources.get(session, WEB)
    assert owner is not None
    for number in range(1, count + 1):
        at = NOON + timedelta(days=number)
        runs.save(session, owner, Run(number, at, at, state="succeeded", ended_at=at))
    runs.follow(session, owner, Followed("daily", NOON, count))
