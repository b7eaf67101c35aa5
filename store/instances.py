"""Questions about instances: which containers we made or adopted, and from what."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy import delete as delete_from
from sqlmodel import Session

from desired_state.key import Key
from observed_state.instance import Instance, InstancePhase, Role
from store import codecs
from store.faults import readable
from store.tables import InstanceRow, table_of

_INSTANCES = table_of(InstanceRow)
_INSERT = insert(_INSTANCES)
_UPDATE = update(_INSTANCES).where(_INSTANCES.c.uid == bindparam("the_uid"))
_DELETE = delete_from(_INSTANCES).where(_INSTANCES.c.uid == bindparam("the_uid"))
_ALL = select(_INSTANCES).order_by(
    _INSTANCES.c.kind, _INSTANCES.c.namespace, _INSTANCES.c.name, _INSTANCES.c.slot, _INSTANCES.c.generation
)
_OF_KEY = _ALL.where(
    _INSTANCES.c.kind == bindparam("the_kind"),
    _INSTANCES.c.namespace == bindparam("the_namespace"),
    _INSTANCES.c.name == bindparam("the_name"),
)


def save(session: Session, instance: Instance) -> None:
    """Record an instance, replacing what was recorded under its uid.

    Raises:
        NotStored: its owner is not declared any more (from `Store.write`).
    """
    row = to_row(instance)
    connection = session.connection()
    if connection.execute(_UPDATE, row | {"the_uid": instance.uid}).rowcount == 0:
        connection.execute(_INSERT, row)


def all(session: Session) -> list[Instance]:  # noqa: A001 - read as `instances.all(session)`
    """Return every instance, by owner, slot and generation."""
    with readable("instances"):
        return [from_row(row) for row in session.connection().execute(_ALL)]


def of(session: Session, key: Key) -> list[Instance]:
    """Return the instances of one resource, by slot and generation."""
    parameters = {"the_kind": key.kind, "the_namespace": key.namespace, "the_name": key.name}
    with readable(f"the instances of {key}"):
        return [from_row(row) for row in session.connection().execute(_OF_KEY, parameters)]


def delete(session: Session, uid: str) -> None:
    """Forget an instance; nothing happens when it is not known."""
    session.connection().execute(_DELETE, {"the_uid": uid})


def to_row(instance: Instance) -> dict[str, Any]:
    """Return the columns of an instance."""
    return {
        "uid": instance.uid,
        "kind": instance.kind,
        "namespace": instance.namespace,
        "name": instance.owner,
        "owner_uid": instance.owner_uid,
        "slot": instance.slot,
        "container_name": instance.name,
        "final_name": instance.final_name,
        "generation": instance.generation,
        "phase": instance.phase,
        "container_id": instance.container_id,
        "spec": codecs.mapping_text(instance.spec),
        "resolved": codecs.mapping_text(instance.resolved),
        "baseline": None if instance.baseline is None else codecs.container_text(instance.baseline),
        "warnings": codecs.compact_json(instance.warnings),
        "restarts": codecs.restarts_text(instance.restarts),
        "stop_expected": instance.stop_expected,
        "adopted": instance.adopted,
        "role": instance.role,
        "step": instance.step,
        "created_at": instance.created_at,
        "ready_at": instance.ready_at,
    }


def from_row(row: Row[Any]) -> Instance:
    """Return the instance behind a row of all columns."""
    return Instance(
        uid=row.uid,
        kind=row.kind,
        namespace=row.namespace,
        owner=row.name,
        owner_uid=row.owner_uid,
        slot=row.slot,
        name=row.container_name,
        final_name=row.final_name,
        generation=row.generation,
        phase=cast("InstancePhase", row.phase),
        container_id=row.container_id,
        spec=codecs.mapping_from(row.spec),
        resolved=codecs.mapping_from(row.resolved),
        baseline=None if row.baseline is None else codecs.container_from(row.baseline),
        warnings=codecs.texts_from(row.warnings),
        restarts=codecs.restarts_from(row.restarts),
        stop_expected=row.stop_expected,
        adopted=row.adopted,
        role=cast("Role", row.role),
        step=row.step,
        created_at=cast("datetime | None", row.created_at),
        ready_at=cast("datetime | None", row.ready_at),
    )
