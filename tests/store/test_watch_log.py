"""The watch log: no gap, no doubling, no other order."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from desired_state.key import Key
from store import changes, retention
from store.changes import Changed
from store.errors import Expired
from tests.store.builders import NOON, WEB

BACK = Key("Network", "shop", "back")


def record(session: Session, count: int = 1, *, key: Key = WEB, after: timedelta = timedelta()) -> None:
    changes.record(session, [Changed(key, "uid", "MODIFIED")] * count, NOON + after)


def test_changes_are_returned_in_order_after_a_version(session: Session) -> None:
    record(session, 5)

    assert [row.resource_version for row in changes.since(session, 2)] == [3, 4, 5]


def test_who_reads_on_in_parts_misses_nothing(session: Session) -> None:
    record(session, 5)
    seen: list[int] = []

    while part := changes.since(session, seen[-1] if seen else 0, limit=2):
        seen += [row.resource_version for row in part]

    assert seen == [1, 2, 3, 4, 5]


def test_a_kind_can_be_asked_for(session: Session) -> None:
    record(session)
    record(session, key=BACK)

    assert [row.key for row in changes.since(session, 0, kind="Network")] == [BACK]


def test_nothing_after_the_newest_version_is_no_error(session: Session) -> None:
    record(session, 3)

    assert changes.since(session, changes.latest(session)) == []
    assert changes.since(session, 0, limit=1)


def test_a_version_that_was_never_reached_is_expired(session: Session) -> None:
    record(session, 3)

    with pytest.raises(Expired, match="never reached"):
        changes.since(session, 4)


def test_changes_are_kept_for_an_hour(session: Session) -> None:
    record(session, 2)
    record(session, 2, after=timedelta(minutes=30))

    retention.purge(session, NOON + timedelta(minutes=61))

    assert [row.resource_version for row in changes.since(session, 2)] == [3, 4]
    with pytest.raises(Expired, match="list again"):
        changes.since(session, 1)


def test_who_is_up_to_date_needs_no_log(session: Session) -> None:
    record(session, 2)

    retention.purge(session, NOON + timedelta(days=1))

    assert changes.since(session, 2) == []
    with pytest.raises(Expired):
        changes.since(session, 1)


def test_only_the_newest_ten_thousand_changes_are_kept(session: Session) -> None:
    record(session, retention.CHANGES_KEPT_COUNT + 3)

    retention.purge(session, NOON)

    assert len(changes.since(session, 3, limit=20_000)) == retention.CHANGES_KEPT_COUNT
    with pytest.raises(Expired):
        changes.since(session, 2)
