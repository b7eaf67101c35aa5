"""What can be asked about the past: one method per question, answered from the record alone."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlmodel import Session

from controller import explaining, revision_history, simulation, snapshots, time_travel, views
from controller.asked_times import moment_asked, required
from controller.errors import ServiceError
from controller.past import Past, past_at
from controller.planning import Prune
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
        names = sorted({*alive, *deeds}, key=lambda name: (not name, name))
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

    async def status_at(self, *, at: str, name: str | None = None, namespace: str | None = None) -> Json:
        """Return how everything that was declared at a time stood then."""
        past = await past_at(self._runtime, required(moment_asked(at)))
        return time_travel.status(past, _wanted(past, namespace, [name] if name else []))

    async def diff_at(self, *, at: str, name: Sequence[str] = (), namespace: str | None = None) -> Json:
        """Return what differed at a time from what was declared then."""
        past = await past_at(self._runtime, required(moment_asked(at)))
        return await time_travel.diff(self._runtime, past, _wanted(past, namespace, name))

    async def simulate(
        self,
        *,
        documents: Sequence[Json] = (),
        sources: Sequence[str] = (),
        prune_namespace: str | None = None,
        at: str | None = None,
        snapshot: Json | None = None,
    ) -> Json:
        """Return what applying documents would do to the state now, at a time, or of a snapshot. Writes nothing.

        With `sources` what those no longer declare counts as deleted, of `prune_namespace` alone where one is named.
        """
        stage = await self._stage(at, snapshot)
        return await simulation.simulated(self._runtime, stage, documents, Prune(sources, prune_namespace))

    async def snapshot(self, *, at: str | None = None) -> Json:
        """Return the state now, or at a time, to be planned against elsewhere; secrets are hidden."""
        return snapshots.to_json((await self._stage(at, None)).snapshot)

    async def _stage(self, at: str | None, snapshot: Json | None) -> simulation.Stage:
        if at and snapshot:
            raise ServiceError("a snapshot is of one time already", "give either a snapshot or a time")
        if snapshot is not None:
            return simulation.Stage(snapshots.from_json(snapshot))
        if (moment := moment_asked(at)) is not None:
            return await simulation.past(self._runtime, moment)
        return await simulation.present(self._runtime)

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


def _wanted(past: Past, namespace: str | None, names: Sequence[str]) -> frozenset[Key]:
    """Return the resources of then that are meant."""
    known = [then.revision.key for then in past.resources]
    if names:
        return frozenset(find(name, namespace, known) for name in names)
    return frozenset(key for key in known if namespace in (None, key.namespace))


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
