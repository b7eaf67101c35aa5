"""Changes that people make to one resource."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session

from desired_state.key import Key
from desired_state.resource import KINDS, Pause, Resource, Stored
from store import audit, changes, events, instances, resources, revisions, statuses, tombstones
from store.errors import DeletingConflict, NotStored, VersionConflict
from tests.store.builders import DB, NOON, WEB, instance_of, status, stored

PAUSE = Pause("maintenance", "ann", NOON, NOON + timedelta(hours=2))
Change = Callable[[Session, int | None], Stored]
CHANGES: dict[str, Change] = {
    "delete": lambda s, v: resources.mark_deleting(s, WEB, actor="ann", now=NOON, expected_version=v),
    "pause": lambda s, v: resources.set_pause(s, WEB, PAUSE, actor="ann", now=NOON, expected_version=v),
    "stop": lambda s, v: resources.set_stopped(s, WEB, True, actor="ann", now=NOON, expected_version=v),
    "restart": lambda s, v: resources.request_restart(s, WEB, NOON, "ann", expected_version=v),
    "scale": lambda s, v: resources.set_replicas(s, WEB, 3, "ann", NOON, expected_version=v),
}


@pytest.mark.parametrize("verb", CHANGES)
def test_a_change_is_stored_as_it_is_returned(session: Session, verb: str) -> None:
    stored(session)

    changed = CHANGES[verb](session, None)

    assert resources.get(session, WEB) == changed


@pytest.mark.parametrize("verb", CHANGES)
def test_a_change_moves_the_version_and_is_logged_with_its_actor(session: Session, verb: str) -> None:
    before = stored(session).resource_version

    after = CHANGES[verb](session, None).resource_version

    assert [row.resource_version for row in changes.since(session, before)] == [after]
    newest = audit.recent(session)[-1]
    assert (newest.verb, newest.actor, newest.version_before, newest.version_after) == (verb, "ann", before, after)
    assert events.recent(session, key=WEB)[-1].reason != "Created"


@pytest.mark.parametrize("verb", [verb for verb in CHANGES if verb != "restart"])
def test_the_same_change_again_changes_nothing(session: Session, verb: str) -> None:
    stored(session)
    first = CHANGES[verb](session, None)

    assert CHANGES[verb](session, None) == first
    assert changes.latest(session) == first.resource_version


@pytest.mark.parametrize("verb", CHANGES)
def test_a_change_of_another_version_than_seen_is_refused(session: Session, verb: str) -> None:
    seen = stored(session).resource_version

    with pytest.raises(VersionConflict, match=f"expected version {seen + 7}, found {seen}"):
        CHANGES[verb](session, seen + 7)


@pytest.mark.parametrize("verb", CHANGES)
def test_a_change_of_nothing_is_refused(session: Session, verb: str) -> None:
    with pytest.raises(NotStored, match="container/shop/web is not declared"):
        CHANGES[verb](session, None)


def test_deletion_keeps_the_resource_with_a_finalizer(session: Session) -> None:
    stored(session)

    deleting = resources.mark_deleting(session, WEB, actor="ann", now=NOON)

    assert deleting.deleting_since == NOON
    assert deleting.finalizers == (resources.FINALIZER,)


def test_resuming_ends_a_pause(session: Session) -> None:
    stored(session)
    resources.set_pause(session, WEB, PAUSE, actor="ann", now=NOON)

    assert resources.set_pause(session, WEB, None, actor="ann", now=NOON).pause is None


def test_scaling_is_a_new_generation_with_a_revision(session: Session) -> None:
    stored(session)

    scaled = resources.set_replicas(session, WEB, 3, "ann", NOON)

    assert scaled.generation == 2
    assert scaled.resource.spec.declared()["replicas"] == 3
    revision = revisions.get(session, WEB, 2)
    assert revision
    assert revision.spec["replicas"] == 3


def test_only_scaling_is_a_new_generation(session: Session) -> None:
    stored(session)

    generations = {verb: CHANGES[verb](session, None).generation for verb in ("pause", "stop", "restart", "delete")}

    assert set(generations.values()) == {1}


def test_the_spec_of_a_resource_that_is_being_deleted_is_frozen(session: Session) -> None:
    stored(session)
    resources.mark_deleting(session, WEB, actor="ann", now=NOON)

    with pytest.raises(DeletingConflict):
        resources.set_replicas(session, WEB, 3, "ann", NOON)


def test_what_has_no_replicas_cant_be_scaled(session: Session) -> None:
    network = Resource(Key("Network", "shop", "back"), KINDS["Network"].from_declared({}))
    resources.apply(session, [network], actor="ann", now=NOON)

    with pytest.raises(ValueError, match="replicas"):
        resources.set_replicas(session, network.key, 2, "ann", NOON)


def test_removal_takes_everything_that_belongs_to_the_resource_along(session: Session) -> None:
    owner = stored(session)
    instances.save(session, instance_of(owner))
    statuses.write(session, {WEB: status()}, NOON)

    resources.remove(session, WEB, NOON)

    assert resources.all(session) == []
    assert instances.all(session) == []
    assert statuses.all(session) == {}
    assert revisions.list_for(session, WEB) == []


def test_removal_leaves_a_tombstone_and_a_change(session: Session) -> None:
    owner = stored(session)

    resources.remove(session, WEB, NOON)

    assert tombstones.uids(session) == {owner.uid}
    tombstone = tombstones.of(session, owner.uid)
    assert tombstone
    assert tombstone.key == WEB
    [change] = changes.since(session, owner.resource_version)
    assert (change.type, change.uid) == ("DELETED", owner.uid)


def test_removing_what_is_gone_changes_nothing(session: Session) -> None:
    resources.remove(session, WEB, NOON)

    assert changes.latest(session) == 0
    assert tombstones.uids(session) == frozenset()


def test_a_resource_made_again_has_a_new_uid_and_begins_at_generation_one(session: Session) -> None:
    first = stored(session)
    resources.set_replicas(session, WEB, 3, "ann", NOON)
    resources.remove(session, WEB, NOON)

    second = stored(session)

    assert second.uid != first.uid
    assert second.generation == 1
    assert len(revisions.list_for(session, WEB)) == 1


def test_resources_are_listed_by_kind_namespace_and_name(session: Session) -> None:
    stored(session, WEB)
    stored(session, DB)

    assert [one.key for one in resources.all(session)] == [DB, WEB]


def test_revisions_of_one_resource_are_its_own(session: Session) -> None:
    stored(session, WEB)
    stored(session, DB)
    resources.set_replicas(session, WEB, 2, "ann", NOON)

    assert [revision.generation for revision in revisions.list_for(session, WEB)] == [1, 2]
    assert [revision.generation for revision in revisions.list_for(session, DB)] == [1]
    assert revisions.get(session, DB, 2) is None
    assert revisions.current(session, Key("Container", "shop", "nobody")) is None
