"""Remember since when something differs, and who did it: in memory for `diff`, in the store for ever."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sqlmodel import Session

from controller.clock import Clock
from controller.observed import Observed
from controller.records import Records
from desired_state.key import Key
from reconcilers.decision import Change, FieldChange
from store import drift
from store.drift import DriftRow


class DriftLog:
    """What differs now, by resource, with its beginning."""

    def __init__(self, records: Records, observed: Observed, clock: Clock) -> None:
        self._records = records
        self._observed = observed
        self._clock = clock
        self._open: dict[Key, list[DriftRow]] = {}

    async def load(self) -> None:
        """Read what differed when the last controller stopped."""
        self._open = await self._records.store.read(drift.open_all)

    async def record(self, key: Key, found: Sequence[Change], left: Sequence[Change]) -> None:
        """Record what was found when a look began, and what is left at its end. Nothing new is written twice."""
        began, ended = list(self._rows(found)), list(self._rows(left))
        known = {row.identity: row.evidence for row in self._open.get(key, ())}
        unexplained = any(row.evidence and not known.get(row.identity) for row in ended)
        if {row.identity for row in began} == known.keys() == {row.identity for row in ended} and not unexplained:
            return
        now = self._clock.now()

        def write(session: Session) -> list[DriftRow]:
            drift.record_open(session, key, began, now)
            drift.record_open(session, key, ended, now)
            return drift.open_for(session, key)

        self._open[key] = await self._records.store.write(write)

    def explained(self, changes: Iterable[Change]) -> list[Change]:
        """Return changes with since when each field differs and by which evidence, as far as recorded."""
        return [
            replace(change, fields=tuple(self._explain(change, field) for field in change.fields)) for change in changes
        ]

    def _explain(self, change: Change, field: FieldChange) -> FieldChange:
        row = _row(change, field, self._evidence(change, field))
        known = next((one for one in self._open.get(change.key, ()) if one.identity == row.identity), None)
        stored = self._records.resources.get(change.key)
        since = known.first_seen if known else (stored.updated_at if stored and field.cause == "spec" else None)
        return replace(field, since=since, evidence=(known.evidence if known else "") or row.evidence)

    def _rows(self, changes: Iterable[Change]) -> Iterator[DriftRow]:
        for change in changes:
            for field in change.fields:
                if field.cause in ("drift", "image", "dependency"):
                    yield _row(change, field, self._evidence(change, field))

    def _evidence(self, change: Change, field: FieldChange) -> str:
        containers = (
            one.container_id
            for one in self._records.instances_of(change.key)
            if one.final_name == change.instance and one.container_id
        )
        found = (self._observed.evidence.behind(container, field.path) for container in containers)
        return next((evidence for evidence in found if evidence), "")


def _row(change: Change, field: FieldChange, evidence: str) -> DriftRow:
    return DriftRow(change.instance, field.path, field.declared, field.observed, field.cause, evidence)
