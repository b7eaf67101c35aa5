"""What a revision remembers: the images it ran with, what came of it, and how long it is kept."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from store import instances, resources, retention, revisions
from store.revisions import RanWith
from tests.store.builders import DB, NOON, WEB, instance_of, resource, stored

LATER = NOON + timedelta(minutes=5)
FIRST = RanWith(1, "sha256:aaa", "shop/web:1", "shop/web@sha256:111")
MOVED = RanWith(1, "sha256:bbb", "shop/web:1")


def declared(session: Session, generations: int) -> str:
    """Declare a resource so many times, and return its uid."""
    uid = stored(session).uid
    for number in range(2, generations + 1):
        resources.set_replicas(session, WEB, number, "ann", NOON)
    return uid


def generations(session: Session) -> list[int]:
    return [revision.generation for revision in revisions.list_for(session, WEB)]


def test_a_revision_remembers_each_image_once(session: Session) -> None:
    uid = declared(session, 1)
    for at, image in ((NOON, FIRST), (LATER, MOVED), (LATER, FIRST)):
        revisions.remember_image(session, uid, image, at)

    found = revisions.images(session, WEB)

    assert [(one.image_id, one.digest, one.first_used) for one in found] == [
        ("sha256:aaa", "shop/web@sha256:111", NOON),
        ("sha256:bbb", "", LATER),
    ]
    assert revisions.image_ids(session) == {"sha256:aaa", "sha256:bbb"}


def test_an_image_of_a_revision_that_is_not_kept_is_not_remembered(session: Session) -> None:
    uid = declared(session, 1)

    revisions.remember_image(session, uid, RanWith(7, "sha256:aaa", "shop/web:1"), NOON)

    assert revisions.images(session, WEB) == []


def test_an_outcome_keeps_its_time_while_it_stays_the_same(session: Session) -> None:
    uid = declared(session, 1)
    revisions.settle(session, uid, 1, outcome="ready", message="", now=NOON)
    revisions.settle(session, uid, 1, outcome="ready", message="", now=LATER)

    found = revisions.current(session, WEB)

    assert found
    assert (found.outcome, found.outcome_at) == ("ready", NOON)


def test_revisions_outlive_their_resource_for_a_month(session: Session) -> None:
    declared(session, 2)
    resources.remove(session, WEB, NOON)
    before = [row.generation for row in revisions.last_life(session, WEB)]
    retention.purge(session, NOON + timedelta(days=29))
    kept = [row.generation for row in revisions.last_life(session, WEB)]
    retention.purge(session, NOON + timedelta(days=31))

    assert (before, kept, revisions.last_life(session, WEB)) == ([1, 2], [1, 2], [])


def test_a_new_life_under_an_old_name_begins_with_its_own_revisions(session: Session) -> None:
    declared(session, 3)
    resources.remove(session, WEB, NOON)
    resources.apply(session, [resource()], actor="bob", now=LATER)

    assert [row.actor for row in revisions.last_life(session, WEB)] == ["bob"]


def test_what_was_declared_at_a_moment_is_found(session: Session) -> None:
    declared(session, 1)
    stored(session, DB)
    resources.set_replicas(session, WEB, 3, "ann", LATER)
    resources.remove(session, DB, LATER)

    then = revisions.declared_at(session, NOON)
    now = revisions.declared_at(session, LATER)

    assert [(row.key, row.generation) for row in then] == [(DB, 1), (WEB, 1)]
    assert [(row.key, row.generation) for row in now] == [(WEB, 2)]


def test_the_last_revisions_are_kept(session: Session) -> None:
    declared(session, 6)

    retention.purge(session, NOON, revisions_kept=3)

    assert generations(session) == [4, 5, 6]


def test_a_revision_that_runs_is_kept_however_old(session: Session) -> None:
    declared(session, 6)
    owner = resources.get(session, WEB)
    assert owner
    instances.save(session, instance_of(owner, generation=2))

    retention.purge(session, NOON, revisions_kept=1)

    assert generations(session) == [2, 6]


def test_the_newest_revision_that_worked_is_kept_to_fall_back_on(session: Session) -> None:
    uid = declared(session, 6)
    for number in (1, 3):
        revisions.settle(session, uid, number, outcome="ready", message="", now=NOON)
    revisions.remember_image(session, uid, FIRST, NOON)

    retention.purge(session, NOON, revisions_kept=2)

    assert generations(session) == [3, 5, 6]
    assert revisions.images(session, WEB) == []


@pytest.mark.parametrize("kept", [1, 10])
def test_a_single_revision_is_always_kept(session: Session, kept: int) -> None:
    declared(session, 1)

    retention.purge(session, NOON + timedelta(days=400), revisions_kept=kept)

    assert generations(session) == [1]
