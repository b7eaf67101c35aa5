"""Go back to what was declared before, with the very image that ran then; and go on with an update that was paused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlmodel import Session

from controller.errors import ServiceError
from controller.planning import Prune, plan_with
from controller.runtime import Runtime
from controller.service_ground import Ground, Json, explained
from controller.views import moment
from desired_state.container import ContainerSpec
from desired_state.key import Key
from desired_state.resource import KINDS, Resource, Stored
from observed_state.rollout import Rollout
from reconcilers.differences import differences
from store import events, resources, revisions
from store.revisions import RanWith
from store.tables import Revision


@dataclass(frozen=True, slots=True)
class Return:
    """What to go back to: a revision's spec with its image pinned where its tag means another now, and what to know."""

    generation: int
    resource: Resource
    notes: tuple[str, ...] = ()


class RollingBack(Ground):
    """The verb that goes back."""

    async def rollback(
        self,
        *,
        name: str,
        namespace: str | None = None,
        to: int | None = None,
        dry_run: bool = False,
        actor: str = "api",
    ) -> Json:
        """Declare a kept revision anew: the one before, the one that an update began from, or `to`.

        With `dry_run` nothing is written, and the answer has the plan under `plan`.
        """
        stored = self._runtime.records.resources[self._find(name, namespace)]
        goal = await self._goal(stored, to)
        answer = {"to": goal.generation, "notes": list(goal.notes), "dry_run": dry_run}
        if dry_run:
            await self._barrier(inspect_all=False)
            with explained():
                found = await plan_with(self._runtime, [goal.resource], Prune())
            return answer | {"results": [], "plan": await self._shown(found)}
        now = self._runtime.clock.now()
        declare = partial(
            resources.set_spec, key=stored.key, spec=goal.resource.spec, actor=actor, now=now, source=goal.generation
        )
        done: Stored = await self._write(declare)
        self._changed([done])
        return answer | {"plan": None} | self._results([done], "rolled back")

    async def _goal(self, stored: Stored, to: int | None) -> Return:
        key = stored.key
        rows = await self._runtime.store.read(partial(revisions.list_for, key=key))
        images = await self._runtime.store.read(partial(revisions.images, key=key))
        revision = _chosen(stored, rows, self._runtime.records.rollouts.get(stored.uid), to)
        ran_with = [one for one in images if one.generation == revision.generation]
        spec, notes = await _as_it_ran(self._runtime, key, revision.spec, ran_with[-1:])
        try:
            resource = replace(stored.resource, spec=KINDS[key.kind].from_declared(dict(spec)))
        except ValueError as error:
            raise ServiceError(f"{key}: generation {revision.generation} does not hold any more: {error}") from error
        return Return(revision.generation, resource, (*notes, *_about_files(stored)))


def _chosen(stored: Stored, rows: Sequence[Revision], record: Rollout | None, to: int | None) -> Revision:
    """Return the revision to go back to.

    Raises:
        ServiceError: it is not kept, is what is declared now, or there is none before.
    """
    older = {row.generation: row for row in rows if row.generation < stored.generation}
    kept = ", ".join(map(str, sorted(older, reverse=True))) or "none"
    look = f"`ergon history {stored.key.name} -n {stored.key.namespace}` lists them"
    if to is not None:
        if to == stored.generation:
            raise ServiceError(f"{stored.key}: generation {to} is what is declared now", f"kept before it: {kept}")
        if to not in older:
            raise ServiceError(f"{stored.key}: generation {to} is not kept (kept: {kept})", look, 404)
        return older[to]
    began_from = record.former if record is not None and record.state != "complete" else None
    if began_from is not None and began_from.generation in older:
        return older[began_from.generation]
    declared = stored.resource.spec.declared()
    good = [row for row in older.values() if row.outcome != "failed" and any(differences(declared, row.spec))]
    if not good:
        raise ServiceError(f"{stored.key}: no revision is kept to go back to", look, 409)
    return max(good, key=lambda row: row.generation)


async def _as_it_ran(
    runtime: Runtime, key: Key, spec: Mapping[str, Any], ran_with: Sequence[RanWith]
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return the spec so that it means the image it ran with, and what is to be said about that."""
    if key.kind != "Container" or not ran_with:
        return spec, ()
    image, declared = ran_with[0], ContainerSpec.from_declared(dict(spec))
    with explained():
        means = await runtime.worlds.image_fact(key.namespace, declared)
        if means.image is not None and means.image.id == image.image_id:
            return spec, ()
        there = (await runtime.images.fact(image.image_id)).image
    if there is not None:
        exact = there.digest_for(image.reference) or image.image_id
        return {**spec, "image": exact}, (f"{image.reference} means another image now; the one that ran is pinned",)
    if image.digest:
        return {**spec, "image": image.digest}, (f"the image that ran is fetched again: {image.digest}",)
    return spec, (f"the image that ran is gone from this host; {image.reference} is taken as it is now",)


def _about_files(stored: Stored) -> tuple[str, ...]:
    if not stored.sources:
        return ()
    return (f"{stored.sources[-1]} still declares generation {stored.generation}: the next apply brings that back",)


async def go_on(runtime: Runtime, keys: Sequence[Key], actor: str) -> None:
    """Let updates that were paused be carried on, what has failed of them by a new try."""
    now = runtime.clock.now()
    for key in keys:
        record = runtime.records.rollouts.get(runtime.records.resources[key].uid)
        if record is None or record.state != "paused":
            continue
        told = _resumed(key, actor, now)
        again = replace(record, state="progressing", since=now, failure="")
        await runtime.records.save_rollout(runtime.records.resources[key].uid, again, told)


def _resumed(key: Key, actor: str, now: Any) -> Any:
    def write(session: Session) -> None:
        message = f"the update goes on, says {actor}"
        events.record(session, key, type="Normal", reason="UpdateResumed", message=message, now=now)

    return write


def update_of(runtime: Runtime, stored: Stored) -> Json | None:
    """Return how the newest update of a resource stands, None when it never had one."""
    record = runtime.records.rollouts.get(stored.uid)
    if record is None:
        return None
    instances = [one for one in runtime.records.instances_of(stored.key) if one.role == "main"]
    running = {one.generation for one in instances if _runs(runtime, one.container_id)}
    return {
        "generation": record.target.generation,
        "state": record.state,
        "since": moment(record.since),
        "failure": record.failure,
        "from": record.former.generation if record.former else None,
        "running": {str(one): _count(runtime, instances, one) for one in sorted(running)},
    }


def _runs(runtime: Runtime, container_id: str | None) -> bool:
    container = runtime.observed.containers.get(container_id or "")
    return container is not None and container.running


def _count(runtime: Runtime, instances: Sequence[Any], generation: int) -> int:
    return sum(one.generation == generation and _runs(runtime, one.container_id) for one in instances)
