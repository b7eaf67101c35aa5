"""Remember since when something differs, and who did it: in memory for `diff`, in the store for ever."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlmodel import Session

from controller.clock import Clock
from controller.observed import Observed
from controller.records import Records
from controller.witnesses import Witnesses
from desired_state.approval import difference_id
from desired_state.key import Key
from desired_state.resource import Stored
from reconcilers.decision import Change, FieldChange
from reconcilers.graph import World
from reconcilers.policies import is_ignored
from reconcilers.world import ContainerWorld
from store import drift
from store.drift import DriftRow


class DriftLog:
    """What differs now, by resource, with its beginning."""

    def __init__(self, records: Records, observed: Observed, clock: Clock) -> None:
        self._records = records
        self._clock = clock
        self._witnesses = Witnesses(records, observed)
        self._open: dict[Key, list[DriftRow]] = {}

    async def load(self) -> None:
        """Read what differed when the last controller stopped."""
        self._open = await self._records.store.read(drift.open_all)

    def witnessed(self, changes: Iterable[Change]) -> tuple[Change, ...]:
        """Return changes with the event behind each field, where one was seen: what is mended may take it along."""
        return tuple(
            replace(one, fields=tuple(replace(field, evidence=self._evidence(one, field)) for field in one.fields))
            for one in changes
        )

    async def record(self, world: World, found: Sequence[Change], left: Sequence[Change]) -> None:
        """Record what was found in the rounds of a look, and what is left at its end. Nothing new is written twice."""
        key = world.stored.key
        began, ended = list(self._rows(found)), list(self._rows(left))
        known = {row.identity: row.evidence for row in self._open.get(key, ())}
        explained = any(known.get(row.identity) != row.evidence for row in ended)
        if {row.identity for row in began} == known.keys() == {row.identity for row in ended} and not explained:
            return
        now = self._clock.now()

        def write(session: Session) -> list[DriftRow]:
            drift.record_open(session, key, began, now, partial(_without_ergon, world))
            drift.record_open(session, key, ended, now, lambda _: "repaired by Ergon")
            return drift.open_for(session, key)

        self._open[key] = await self._records.store.write(write)

    def explained(self, changes: Iterable[Change]) -> list[Change]:
        """Return changes with since when each field differs and by which evidence, as far as recorded."""
        return [
            replace(change, fields=tuple(self._explain(change, field) for field in change.fields)) for change in changes
        ]

    def _explain(self, change: Change, field: FieldChange) -> FieldChange:
        row = self._row(change, field)
        known = self._known(change.key, row)
        stored = self._records.resources.get(change.key)
        declared_at = stored.updated_at if stored and field.cause in ("spec", "missing") else None
        since = known.first_seen if known else declared_at
        return replace(field, since=since, evidence=row.evidence)

    def _rows(self, changes: Iterable[Change]) -> Iterator[DriftRow]:
        for change in changes:
            for field in change.fields:
                if field.cause in ("drift", "image", "dependency"):
                    yield self._row(change, field)

    def _row(self, change: Change, field: FieldChange) -> DriftRow:
        stored = self._records.resources.get(change.key)
        generation, evidence = stored.generation if stored else 0, self._evidence(change, field)
        row = DriftRow(change.instance, field.path, field.declared, field.observed, field.cause, evidence, generation)
        before = known.evidence if (known := self._known(change.key, row)) else ""
        # The event that was found first explains it, but for an end: a `stop` is told after the end it brought about.
        first = before if field.path != "status.state" or not evidence else ""
        return replace(row, evidence=first or evidence)

    def _known(self, key: Key, row: DriftRow) -> DriftRow | None:
        """Return what was recorded of the same difference, None when it is new."""
        return next((one for one in self._open.get(key, ()) if one.identity == row.identity), None)

    def _evidence(self, change: Change, field: FieldChange) -> str:
        return field.evidence or self._witnesses.behind(change, field)


def _without_ergon(world: World, row: DriftRow) -> str:
    """Return how a difference ended that was gone before Ergon did anything about it."""
    stored = world.stored
    if by := _accepted_by(stored, row):
        return f"accepted as found by {by}"
    if isinstance(world, ContainerWorld) and is_ignored(world, row.path):
        return "ignored from now on"
    if stored.generation != row.generation:
        accepted = _declared(stored.resource.spec.declared(), row.path) == row.observed
        return f"accepted by generation {stored.generation}" if accepted else f"generation {stored.generation} came"
    if isinstance(world, ContainerWorld) and _is_another(world, row):
        return "its container was replaced"
    return "undone outside Ergon"


def _accepted_by(stored: Stored, row: DriftRow) -> str:
    about = difference_id(row.instance, row.path, row.cause, row.declared, row.observed)
    words = (one for one in stored.approvals if one.difference == about and one.verdict == "accept")
    return next((one.by for one in words), "")


def _declared(spec: Any, path: str) -> Any:
    """Return the declared value of a field, None when it is not declared."""
    value = spec
    for part in path.removeprefix("spec.").split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _is_another(world: ContainerWorld, row: DriftRow) -> bool:
    """Return whether the container of that name was made after the difference was first seen."""
    made = [one.created_at for one in world.instances if one.final_name == row.instance and one.created_at]
    return row.first_seen is not None and all(moment > row.first_seen for moment in made)
