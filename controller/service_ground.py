"""What every service function stands on: finding what is meant, looking at Docker, writing and having it looked at."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from anyio import to_thread

from controller import run_views, views
from controller.at_once import at_once
from controller.errors import ServiceError
from controller.planning import decisions, plan_of
from controller.plans import Plan, note
from controller.runtime import Runtime
from controller.targets import find
from controller.workqueue import Priority
from desired_state.key import Key
from desired_state.resource import Stored
from engine.errors import EngineError
from observed_state.status import Status
from store.errors import StoreError

Json = dict[str, Any]


class Ground:
    """The common ground, over one runtime. `live` says whether its loop runs."""

    def __init__(self, runtime: Runtime, *, live: bool) -> None:
        self._runtime = runtime
        self._live = live

    def _find(self, text: str, namespace: str | None) -> Key:
        return find(text, namespace, self._runtime.records.resources)

    def _named(self, names: Sequence[str], namespace: str | None) -> list[Key]:
        return [self._find(name, namespace) for name in names]

    def _wanted(self, namespace: str | None, names: Sequence[str]) -> list[Stored]:
        records = self._runtime.records
        if names:
            return [records.resources[self._find(name, namespace)] for name in names]
        keys = records.in_order()
        return [records.resources[key] for key in keys if namespace in (None, key.namespace)]

    def _row(self, stored: Stored) -> Json:
        runtime = self._runtime
        status = runtime.records.statuses.get(stored.key) or Status(0, "Pending", ready=False, reason="NotYetSeen")
        instances = runtime.records.instances_of(stored.key)
        told = runtime.fetching.told(stored.key, status)
        row = views.resource(stored, told, instances, runtime.observed.containers, runtime.companions.told)
        return row | {"schedule": run_views.schedule(stored, runtime.records.runs, runtime.clock.now())}

    async def _barrier(self, *, inspect_all: bool) -> None:
        """Return once the cache shows what Docker holds now."""
        runtime = self._runtime
        if self._live and runtime.link.reachable:
            with explained():
                changed = await runtime.informer.list_everything(inspect_all=inspect_all)
            for key in changed:
                runtime.queue.add(key, Priority.OBSERVED)
        if not runtime.link.reachable:
            raise ServiceError(runtime.link.message, "`ergon doctor` says what is wrong", 503)

    async def _planned_now(self, keys: Sequence[Key], *, inspect_all: bool) -> Plan:
        """Return what differs once the cache shows what Docker holds now.

        It is planned while Docker is asked, and again only if Docker had something new to tell.
        """
        observed = self._runtime.observed
        before = observed.revision
        async with at_once() as block:
            block.begin(partial(self._barrier, inspect_all=inspect_all))
            early = None if inspect_all else await self._planned(keys)
        return early if early is not None and observed.revision == before else await self._planned(keys)

    async def _planned(self, keys: Sequence[Key]) -> Plan:
        with explained():
            return await plan_of(self._runtime, keys)

    async def _shown(self, plan: Plan, *, unshown: bool = False) -> Json:
        """Return the plan for people to see, noting what it rests on."""
        await to_thread.run_sync(note, self._runtime.store.state_dir, plan.basis)
        return views.diff(plan, unshown=unshown)

    async def _refresh_statuses(self) -> None:
        """Judge everything anew from one look at Docker, for an answer that no loop has prepared."""
        runtime = self._runtime
        if runtime.link.reachable:
            with explained():
                decided = await decisions(runtime, runtime.records, runtime.records.resources)
            for key, decision in decided.items():
                runtime.records.statuses[key] = decision.status

    async def _write(self, function: Any) -> Any:
        with written():
            return await self._runtime.store.write(function)

    def _changed(self, stored: Any) -> None:
        """Show what was committed and have it looked at, in the order in which it depends on each other."""
        runtime = self._runtime
        changed = {one.key: one for one in stored}
        runtime.records.take_resources(changed.values())
        for key in runtime.records.in_order():
            if key in changed:
                runtime.queue.add(key, Priority.USER)

    def _results(self, stored: Sequence[Stored], outcome: str) -> Json:
        rows = [
            {"kind": one.key.kind, "namespace": one.key.namespace, "name": one.key.name, "outcome": outcome}
            | {"generation": one.generation}
            for one in stored
        ]
        return {"results": rows}

    async def _each(self, keys: Sequence[Key], change: Any, outcome: str) -> Json:
        now = self._runtime.clock.now()
        done: list[Stored] = await self._write(lambda session: [change(session, key=key, now=now) for key in keys])
        self._changed(done)
        return self._results(done, outcome)


@contextmanager
def written() -> Iterator[None]:
    """Raise what the store raises inside as the answer to the caller."""
    try:
        yield
    except StoreError as error:
        raise ServiceError(str(error), status=409) from error


@contextmanager
def explained() -> Iterator[None]:
    """Raise what the engine raises inside as the answer to the caller."""
    try:
        yield
    except EngineError as error:
        raise ServiceError(error.message, "`ergon doctor` says what is wrong", 503) from error
