"""What can be asked about the past: one method per question, answered from the record alone."""

from functools import partial
from typing import Any

from sqlmodel import Session

from controller import explaining, revision_history, views
from controller.asked_times import moment_asked
from controller.errors import ServiceError
from controller.redaction import shown
from controller.runtime import Runtime
from controller.targets import find
from desired_state.key import Key
from observed_state.instance import Instance
from store import audit, drift, revisions
from store.drift import DriftRow

Json = dict[str, Any]


class Hindsight:
    """The questions about the past, over one runtime."""

    _runtime: Runtime

    async def why(self, *, name: str, namespace: str | None = None) -> Json:
        """Return why each container of a resource was made, started, stopped and changed, newest first."""
        key = await self._find_past(name, namespace)
        record = await self._runtime.store.read(partial(explaining.read, key=key))
        deeds = explaining.deeds_by_container(record)
        alive = {one.final_name: one for one in self._runtime.records.instances_of(key) if key.kind == "Container"}
        names = sorted({*alive, *(name for name in deeds if name or key.kind != "Container")})
        return {
            **views.key(key),
            "recorded_since": views.moment(explaining.oldest(record)),
            "containers": [self._explained(name, alive.get(name), deeds.get(name, [])) for name in names],
        }

    def _explained(self, name: str, instance: Instance | None, deeds: list[Json]) -> Json:
        container_id = (instance.container_id if instance else None) or ""
        container = self._runtime.observed.containers.get(container_id)
        state = container.state if container else "absent"
        return {"name": name, "container_id": container_id, "state": state, "deeds": deeds}

    async def history(self, *, name: str, namespace: str | None = None) -> Json:
        """Return the kept revisions of a resource, newest first."""
        key = await self._find_past(name, namespace)
        lineage = await self._runtime.store.read(partial(revision_history.read, key=key))
        return {**views.key(key), "revisions": revision_history.listed(lineage)}

    async def drift(self, *, name: str, namespace: str | None = None, since: str | None = None) -> Json:
        """Return what ever differed of a resource from what is declared, the newest last."""
        key = await self._find_past(name, namespace)
        start = moment_asked(since)
        rows = await self._runtime.store.read(partial(drift.history, key=key, since=start))
        return {**views.key(key), "drift": [_drift(row) for row in rows]}

    async def audit(
        self, *, name: str | None = None, namespace: str | None = None, limit: int = 100, verify: bool = False
    ) -> Json:
        """Return who changed what, oldest first; with `verify` also whether the trail is whole."""
        key = await self._find_past(name, namespace) if name else None

        def look(session: Session) -> Json:
            rows = audit.recent(session, key=key, limit=limit)
            return {
                "records": [views.audited(row) for row in rows if namespace in (None, row.namespace)],
                "verified": views.verified(audit.verified(session)) if verify else None,
            }

        return await self._runtime.store.read(look)

    async def _find_past(self, text: str, namespace: str | None) -> Key:
        """Return the resource that a name means, among those declared, else among those that once were."""
        declared = self._runtime.records.resources
        try:
            return find(text, namespace, declared)
        except ServiceError as error:
            if error.status != 404:
                raise
            known = await self._runtime.store.read(revisions.keys)
            try:
                return find(text, namespace, {*known, *declared})
            except ServiceError:
                raise error from None


def _drift(row: DriftRow) -> Json:
    return {
        "container": row.instance,
        "path": row.path,
        "declared": shown(row.path, row.declared),
        "observed": shown(row.path, row.observed),
        "cause": row.cause,
        "evidence": row.evidence,
        "generation": row.generation,
        "first_seen": views.moment(row.first_seen),
        "resolved_at": views.moment(row.resolved_at),
        "resolution": row.resolution,
    }
