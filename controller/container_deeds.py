"""The deeds done to containers, each with its record before and after."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from controller.clock import Clock
from controller.creation import Creation, held_by, image_part, resolved
from controller.hook_deeds import Hooks, first_error
from controller.journal import Journal, Part
from controller.observed import Observed
from controller.records import Records
from controller.refreshing import refreshed
from engine.errors import EngineError, NotFound, StartFailed
from engine.protocol import Engine
from observed_state.container import Container
from observed_state.instance import Instance, Restarts
from reconcilers import actions as act
from reconcilers import naming
from reconcilers.accepting import accepted_baseline
from reconcilers.attachments import VEILED
from reconcilers.graph import World
from reconcilers.world import ContainerWorld

Deed = Callable[[Any, Any], Awaitable[None]]

# The events that each deed causes by itself. What else happens meanwhile is news.
_ECHOES: Mapping[type[act.Action], frozenset[str]] = {
    act.Start: frozenset({"connect", "start"}),
    act.Stop: frozenset({"kill", "die", "disconnect", "stop"}),
    act.Unpause: frozenset({"unpause"}),
    act.Rename: frozenset({"rename"}),
    act.Update: frozenset({"update"}),
    act.Connect: frozenset({"connect"}),
    act.Disconnect: frozenset({"disconnect"}),
    act.Retire: frozenset({"destroy"}),
    act.RefreshFiles: frozenset({"kill"}),
    act.RemoveInstance: frozenset({"kill", "die", "disconnect", "stop", "destroy"}),
}


class ContainerDeeds:
    """Everything Ergon does to a container. Raises `engine.errors`; what happened is recorded either way."""

    def __init__(self, engine: Engine, records: Records, observed: Observed, clock: Clock, journal: Journal) -> None:
        self._engine = engine
        self._records = records
        self._observed = observed
        self._clock = clock
        self._journal = journal
        self._hooks = Hooks(engine, clock)
        self._creation = Creation(engine, records, observed, clock, journal)
        self.deeds: Mapping[type[act.Action], Deed] = {
            act.CreateInstance: self._creation.create,
            act.Start: self._start,
            act.RunHooks: self._run_hooks,
            act.Stop: self._stop,
            act.Unpause: self._unpause,
            act.Rename: self._rename,
            act.Update: self._update,
            act.Connect: self._connect,
            act.Disconnect: self._disconnect,
            act.RefreshFiles: self._refresh,
            act.AcceptSpec: self._accept,
            act.NoteReady: self._note_ready,
            act.Forget: self._forget,
            act.Retire: self._retire,
            act.Release: self._release,
            act.RemoveInstance: self._remove,
        }

    async def do(self, world: World, action: act.Action) -> None:
        """Carry out one action."""
        container_id = getattr(action, "container_id", "") or ""
        with self._observed.doing(container_id, _ECHOES.get(type(action), frozenset())):
            await self.deeds[type(action)](world, action)

    # starting and stopping

    async def _start(self, world: ContainerWorld, action: act.Start) -> None:
        instance = begun(self._known(action), action, self._clock.now())
        ids: list[int] = []
        await self._records.save(instance, self._intent(world, action, ids))
        try:
            await self._engine.start_container(action.container_id)
        except StartFailed as error:
            self._observed.mark_stale(action.container_id)
            held = held_by(instance, error.reason, error, self._clock.now())
            await self._records.save(held, self._journal.result(world.stored.key, action, ids, instance, error))
            raise
        except EngineError as error:
            await self._failed(world, action, ids, instance, error)
            raise
        await self._observed.inspect(action.container_id)
        restarts = replace(instance.restarts, held="", retry_at=None)
        instance = replace(instance, restarts=restarts, stop_expected=False)
        await self._records.save(instance, self._journal.result(world.stored.key, action, ids, instance))

    async def _stop(self, world: World, action: act.Stop) -> None:
        known = self._known(action)
        instance = replace(
            known, stop_expected=True, restarts=replace(known.restarts, ended=action.for_good or known.restarts.ended)
        )
        ids: list[int] = []
        await self._records.save(instance, self._intent(world, action, ids))
        grace_s = await self._before_stop(instance, action) if action.hooks else action.grace_s
        await self._deed(world, action, ids, lambda: self._engine.stop_container(action.container_id, grace_s))

    async def _before_stop(self, instance: Instance, action: act.Stop) -> float:
        """Run what is to be run before a stop, and return how much of the grace is left."""
        runs, left = await self._hooks.run_all(action.container_id, action.hooks, action.grace_s)
        await self._records.store.write(self._hooks.told(instance, "pre_stop", runs))
        return left

    async def _run_hooks(self, world: ContainerWorld, action: act.RunHooks) -> None:
        ids: list[int] = []
        await self._records.store.write(self._intent(world, action, ids))
        try:
            runs = await self._hooks.run(action.container_id, action.hooks)
        except EngineError as error:
            await self._failed(world, action, ids, self._known(action), error)
            raise
        instance = self._known(action)
        restarts = replace(instance.restarts, hooked=action.started_at, hook_error=first_error("post_start", runs))
        told = self._hooks.told(instance, "post_start", runs)
        await self._records.save(
            replace(instance, restarts=restarts), told, self._journal.result(world.stored.key, action, ids, instance)
        )

    async def _unpause(self, world: World, action: act.Unpause) -> None:
        await self._recorded(world, action, lambda: self._engine.unpause_container(action.container_id))

    # changing in place

    async def _rename(self, world: World, action: act.Rename) -> None:
        await self._recorded(world, action, lambda: self._engine.rename_container(action.container_id, action.name))
        await self._records.save(replace(self._known(action), name=action.name, final_name=action.name))

    async def _update(self, world: World, action: act.Update) -> None:
        async def update() -> None:
            warnings = await self._engine.update_container(action.container_id, action.changes)
            if warnings:
                instance = self._known(action)
                merged = tuple(dict.fromkeys((*instance.warnings, *warnings)))
                await self._records.save(replace(instance, warnings=merged))

        await self._recorded(world, action, update)

    async def _connect(self, world: World, action: act.Connect) -> None:
        if action.veiled:
            # Known before it is done: names that are missing otherwise would be somebody's deed.
            instance = self._known(action)
            await self._records.save(replace(instance, resolved={**instance.resolved, VEILED: True}))
        await self._recorded(
            world,
            action,
            lambda: self._engine.connect(
                action.network_id, action.container_id, aliases=action.aliases, join=action.join
            ),
        )

    async def _disconnect(self, world: World, action: act.Disconnect) -> None:
        await self._recorded(
            world, action, lambda: self._engine.disconnect(action.network_id, action.container_id, force=True)
        )

    async def _refresh(self, world: ContainerWorld, action: act.RefreshFiles) -> None:
        instance = self._known(action)
        ids: list[int] = []
        await self._records.store.write(self._intent(world, action, ids))
        try:
            instance = await refreshed(self._engine, self._records, world, action, instance)
        except EngineError as error:
            await self._failed(world, action, ids, instance, error)
            raise
        await self._records.save(instance, self._journal.result(world.stored.key, action, ids, instance))

    async def _accept(self, world: ContainerWorld, action: act.AcceptSpec) -> None:
        ids: list[int] = []
        container = await self._observed.inspect(action.container_id)
        if container is None:
            return
        instance = self._known(action)
        accepted = replace(
            instance,
            generation=world.stored.generation,
            spec=world.spec.declared(),
            resolved={**resolved(world), **_fixed_at_creation(instance)},
            baseline=accepted_baseline(instance, world.spec, container),
            restarts=_settled(instance, container),
        )
        await self._records.save(
            accepted,
            image_part(world, accepted, self._clock.now()),
            self._intent(world, action, ids),
            self._journal.result(world.stored.key, action, ids, instance),
        )

    async def _note_ready(self, world: World, action: act.NoteReady) -> None:
        instance = replace(self._known(action), ready_at=self._clock.now())
        await self._records.save(instance, self._journal.result(world.stored.key, action, [], instance))

    # ending

    async def _forget(self, world: World, action: act.Forget) -> None:
        instance = self._known(action)
        if await self._observed.inspect(action.container_id) is None:
            await self._records.forget(instance, self._journal.result(world.stored.key, action, [], instance))

    async def _retire(self, world: World, action: act.Retire) -> None:
        async def remove() -> None:
            await self._engine.remove_container(action.container_id)

        await self._recorded(world, action, remove)

    async def _release(self, world: World, action: act.Release) -> None:
        instance = self._known(action)
        await self._records.forget(instance, self._journal.result(world.stored.key, action, [], instance))

    async def _remove(self, world: World, action: act.RemoveInstance) -> None:
        instance = replace(self._known(action), phase="removing")
        ids: list[int] = []
        await self._records.save(instance, self._intent(world, action, ids))
        container_id = action.container_id or await self._find_unrecorded(instance)
        try:
            if container_id:
                # What somebody else made may have its data in volumes that bear no name.
                await self._engine.remove_container(container_id, force=True, volumes=not instance.adopted)
                self._observed.drop(container_id)
        except EngineError as error:
            await self._failed(world, action, ids, instance, error)
            raise
        await self._records.forget(instance, self._journal.result(world.stored.key, action, ids, instance))

    async def _find_unrecorded(self, instance: Instance) -> str | None:
        """Return the container that a creation cut off before its record may have made."""
        try:
            found = await self._engine.inspect_container(instance.name)
        except NotFound:
            return None
        return found.id if found.labels.get(naming.INSTANCE_LABEL) == instance.uid else None

    # the record around a deed

    async def _recorded(self, world: World, action: Any, deed: Callable[[], Awaitable[None]]) -> None:
        ids: list[int] = []
        await self._records.store.write(self._intent(world, action, ids))
        await self._deed(world, action, ids, deed)

    async def _deed(self, world: World, action: Any, ids: list[int], deed: Callable[[], Awaitable[None]]) -> None:
        instance = self._known(action)
        try:
            await deed()
        except EngineError as error:
            await self._failed(world, action, ids, instance, error)
            raise
        await self._observed.inspect(action.container_id)
        await self._records.store.write(self._journal.result(world.stored.key, action, ids, instance))

    async def _failed(
        self, world: World, action: act.Action, ids: list[int], instance: Instance, error: EngineError
    ) -> None:
        if container_id := instance.container_id:
            self._observed.mark_stale(container_id)
        await self._records.store.write(self._journal.result(world.stored.key, action, ids, instance, error))

    def _known(self, action: act.Action) -> Instance:
        instance = self._records.instance(action.instance)
        if instance is None:
            raise NotFound(f"the record of instance {action.instance[:12]} is gone")
        return instance

    def _intent(self, world: World, action: act.Action, ids: list[int]) -> Part:
        return self._journal.intent(
            world.stored.key, action, world.stored.generation, ids, self._records.instance(action.instance)
        )


def begun(instance: Instance, action: act.Start, now: datetime) -> Instance:
    """Return the record of an instance that is about to be started."""
    restarts = instance.restarts
    if action.restart:
        restarts = replace(
            restarts,
            total=restarts.total + 1,
            failures=action.failures or 0,
            last_restart=now,
            last_reason=action.reason,
        )
    if action.failures is None:
        restarts = replace(restarts, began=now)
    return replace(instance, restarts=replace(restarts, unended=True, ended="", hook_error="", hooked=None))


def _settled(instance: Instance, container: Container) -> Restarts:
    """Return the history of an instance that is what is declared now; new hooks of a start wait for the next one."""
    return replace(instance.restarts, failures=0, held="", retry_at=None, hooked=container.started_at)


def _fixed_at_creation(instance: Instance) -> dict[str, Any]:
    """Return what a change in place leaves as it was made: the image, the content of files, and how it was found."""
    kept = ("image", "image_id", "image_digest", "files", "variables", "found", VEILED)
    return {name: instance.resolved[name] for name in kept if name in instance.resolved}
