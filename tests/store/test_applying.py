"""Applying, case by case."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from desired_state.resource import Resource
from store import audit, changes, events, resources, revisions
from store.errors import DeletingConflict, VersionConflict
from store.resources import Applied
from tests.store.builders import DB, FILE, NOON, OTHER_FILE, WEB, resource

LATER = NOON + timedelta(minutes=1)


def apply(session: Session, *wanted: Resource, prune: tuple[str, ...] = ()) -> list[Applied]:
    return resources.apply(session, wanted, actor="ann", now=LATER, prune_sources=prune)


def outcomes(applied: list[Applied]) -> dict[str, str]:
    return {one.key.name: one.outcome for one in applied}


def test_a_new_resource_is_created_as_generation_one(session: Session) -> None:
    [applied] = apply(session, resource(image="nginx"))

    assert applied.outcome == "created"
    assert applied.stored.generation == 1
    assert applied.stored.sources == (FILE,)


def test_what_is_returned_is_what_is_stored(session: Session) -> None:
    [applied] = apply(session, resource(labels={"tier": "front"}, environment={"A": "1"}))

    assert resources.get(session, WEB) == applied.stored


def test_the_order_of_what_was_declared_is_kept(session: Session) -> None:
    apply(session, resource(environment={"Z": "1", "A": "2"}))

    found = resources.get(session, WEB)

    assert found
    assert list(found.resource.spec.declared()["environment"]) == ["Z", "A"]


def test_an_identical_second_apply_changes_nothing_at_all(session: Session) -> None:
    apply(session, resource(labels={"a": "b"}), resource(DB))
    before = (resources.all(session), changes.latest(session), events.recent(session), audit.recent(session))

    applied = apply(session, resource(labels={"a": "b"}), resource(DB))

    assert set(outcomes(applied).values()) == {"unchanged"}
    assert (resources.all(session), changes.latest(session), events.recent(session), audit.recent(session)) == before


def test_a_new_spec_is_a_new_generation(session: Session) -> None:
    [first] = apply(session, resource(image="nginx:1"))
    [second] = apply(session, resource(image="nginx:2"))

    assert second.outcome == "configured"
    assert second.stored.generation == 2
    assert second.stored.uid == first.stored.uid


def test_another_order_of_the_same_fields_is_no_change(session: Session) -> None:
    apply(session, resource(environment={"A": "1", "B": "2"}))
    [second] = apply(session, resource(environment={"B": "2", "A": "1"}))

    assert second.outcome == "unchanged"


def test_labels_move_the_version_and_not_the_generation(session: Session) -> None:
    [first] = apply(session, resource())
    [second] = apply(session, resource(labels={"tier": "front"}))

    assert second.outcome == "configured"
    assert second.stored.generation == 1
    assert second.stored.resource_version > first.stored.resource_version
    assert len(revisions.list_for(session, WEB)) == 1


def test_a_second_file_that_declares_the_same_is_remembered(session: Session) -> None:
    apply(session, resource())
    [second] = apply(session, resource(source=OTHER_FILE))

    assert second.stored.sources == (FILE, OTHER_FILE)
    assert second.stored.generation == 1


def test_a_spec_change_leaves_a_revision_an_event_a_change_and_an_audit_row(session: Session) -> None:
    apply(session, resource(image="nginx:1"))
    apply(session, resource(image="nginx:2"))
    version = changes.latest(session)

    current = revisions.current(session, WEB)
    assert current
    assert (current.generation, current.actor, current.source, current.created_at) == (2, "ann", FILE, LATER)
    assert events.recent(session)[-1].message == "generation 2: changed spec.image"
    assert changes.since(session, version - 1)[0].type == "MODIFIED"
    assert audit.recent(session)[-1].version_after == version


def test_the_audit_trail_names_fields_and_never_values(session: Session) -> None:
    apply(session, resource(environment={"PASSWORD": "old"}))
    apply(session, resource(environment={"PASSWORD": "hunter2"}))

    assert [row.detail for row in audit.recent(session)] == ["declared", "generation 2: changed spec.environment"]


def test_a_resource_that_is_being_deleted_is_refused(session: Session) -> None:
    apply(session, resource())
    resources.mark_deleting(session, WEB, actor="ann", now=NOON)

    with pytest.raises(DeletingConflict, match="container/shop/web is being deleted"):
        apply(session, resource(image="nginx"))


def test_an_apply_that_is_refused_changes_nothing(session: Session) -> None:
    apply(session, resource())
    resources.mark_deleting(session, WEB, actor="ann", now=NOON)
    before = changes.latest(session)

    with pytest.raises(DeletingConflict):
        apply(session, resource(DB), resource())

    assert resources.get(session, DB) is None
    assert changes.latest(session) == before


def test_two_declarations_with_one_key_are_refused(session: Session) -> None:
    with pytest.raises(ValueError, match="one key"):
        apply(session, resource(), resource(image="nginx"))


def test_another_version_than_expected_is_refused(session: Session) -> None:
    [applied] = apply(session, resource())
    expected = {WEB: applied.stored.resource_version - 1}

    with pytest.raises(VersionConflict, match="changed meanwhile"):
        resources.apply(session, [resource(image="nginx")], actor="ann", now=NOON, expected_versions=expected)


def test_pruning_marks_what_its_file_no_longer_declares(session: Session) -> None:
    apply(session, resource(), resource(DB))

    applied = apply(session, resource(), prune=(FILE,))

    assert outcomes(applied) == {"web": "unchanged", "db": "pruned"}
    assert applied[1].stored.deleting_since == LATER
    assert applied[1].stored.finalizers


def test_pruning_leaves_what_other_files_declare(session: Session) -> None:
    apply(session, resource(), resource(DB))
    apply(session, resource(DB, source=OTHER_FILE))

    applied = apply(session, resource(), prune=(FILE,))

    assert outcomes(applied) == {"web": "unchanged", "db": "configured"}
    assert applied[1].stored.sources == (OTHER_FILE,)
    assert applied[1].stored.deleting_since is None


def test_pruning_leaves_what_came_from_no_file(session: Session) -> None:
    apply(session, resource(source=""))

    assert apply(session, prune=(FILE,)) == []


def test_a_resource_that_moved_to_another_file_forgets_the_first(session: Session) -> None:
    apply(session, resource())

    [applied] = apply(session, resource(source=OTHER_FILE), prune=(FILE, OTHER_FILE))

    assert applied.stored.sources == (OTHER_FILE,)


def test_pruning_twice_marks_once(session: Session) -> None:
    apply(session, resource())
    apply(session, prune=(FILE,))

    assert apply(session, prune=(FILE,)) == []
