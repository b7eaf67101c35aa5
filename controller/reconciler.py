"""Bring one resource to what is declared: look, plan, act, look again, until the plan is empty."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from controller.approvals import Approvals
from controller.causes import Causes
from controller.chronicle import Chronicle
from controller.clock import Clock
from controller.companions import Companions
from controller.drift_log import DriftLog
from controller.engine_link import EngineLink
from controller.executor import Executor
from controller.guard import Guard
from controller.observed import Observed
from controller.pauses import ended_if_over
from controller.postmortems import Postmortems
from controller.probing import Probing
from controller.reaching import Reaching
from controller.records import Records
from controller.sightings import Sightings
from controller.status_board import StatusBoard
from controller.workqueue import Priority, WorkQueue
from controller.worlds import Worlds
from desired_state.key import Key
from desired_state.network import NetworkSpec
from desired_state.resource import Stored
from engine.errors import EngineError, EngineUnreachable, Refused
from reconcilers import dependencies, graph, naming
from reconcilers.actions import CreateInstance
from reconcilers.decision import Change, Decision
from reconcilers.graph import World
from reconcilers.world import ContainerWorld, ImageWorld, NetworkWorld, VolumeWorld
from store.errors import StoreError

log = structlog.get_logger()

# A resource of a thousand replicas comes to be in a handful of rounds, and an update takes a few for each; more
# means that plan and deed disagree.
_MAX_ROUNDS = 50
_ROUNDS_OF_AN_INSTANCE = 8


class Reconciler:
    """One reconcile, from key to record. Holds no state between two of them but what dependents were last told."""

    def __init__(
        self,
        *,
        records: Records,
        observed: Observed,
        worlds: Worlds,
        executor: Executor,
        guard: Guard,
        approvals: Approvals,
        board: StatusBoard,
        drift: DriftLog,
        causes: Causes,
        chronicle: Chronicle,
        sightings: Sightings,
        postmortems: Postmortems,
        probing: Probing,
        reaching: Reaching,
        companions: Companions,
        link: EngineLink,
        queue: WorkQueue[Key],
        clock: Clock,
    ) -> None:
        self._records = records
        self._observed = observed
        self._worlds = worlds
        self._executor = executor
        self._guard = guard
        self._approvals = approvals
        self._board = board
        self._drift = drift
        self._causes = causes
        self._chronicle = chronicle
        self._sightings = sightings
        self._postmortems = postmortems
        self._probing = probing
        self._reaching = reaching
        self._companions = companions
        self._link = link
        self._queue = queue
        self._clock = clock
        self._told: dict[Key, object] = {}

    async def work(self) -> None:
        """Take keys from the queue, one at a time, until it is shut down."""
        await self._link.wait_until_up()
        while (key := await self._queue.get()) is not None:
            try:
                await self._reconcile_guarded(key)
            finally:
                self._queue.done(key)
                self._postmortems.release(key)

    async def _reconcile_guarded(self, key: Key) -> None:
        """The one supervisor boundary: whatever goes wrong with one key, the others go on."""
        try:
            await self._link.wait_until_up()
            await self.reconcile(key)
        except EngineUnreachable as error:
            log.warning("daemon unreachable", key=str(key), reason=error.message)
            if self._link.reachable:
                # One call was cut off, perhaps alone. After an outage the informer asks for every key by itself.
                self._queue.add_rate_limited(key)
        except (EngineError, StoreError) as error:
            log.warning("reconcile failed", key=str(key), reason=error.message)
            self._queue.add_rate_limited(key)
        except Exception:
            log.exception("reconcile raised", key=str(key))
            self._queue.add_rate_limited(key)

    async def reconcile(self, key: Key) -> None:
        """Bring one resource to what is declared, as far as it can be now."""
        found: list[Change] = []
        needs: Sequence[Key] = ()
        instances = len(self._records.instances_of(key))
        for number in range(_MAX_ROUNDS + instances * _ROUNDS_OF_AN_INSTANCE):
            stored = self._records.resources.get(key)
            if stored is None:
                self._gone(key, needs)
                return
            needs = graph.dependencies_of(stored)
            world = await self._look(await ended_if_over(self._records, self._clock, stored))
            decision = self._plan(world)
            found += self._drift.witnessed(decision.changes)
            if not decision.actions:
                await self._settled(world, found, decision)
                return
            self._board.show(key, decision.status)
            self._causes.note(key, self._drift.explained(decision.changes))
            errors = await self._executor.run(world, decision.actions)
            if errors:
                await self._unsettled(key, found, errors)
                return
            if number == 0 and self._lets_others_go_first(key, decision):
                return
        log.error("plan does not settle", key=str(key), instances=instances)
        self._queue.add_rate_limited(key)

    def _lets_others_go_first(self, key: Key, decision: Decision) -> bool:
        """Put the look at what was just made, and nobody waits for, behind what is not made yet."""
        made = all(isinstance(action, CreateInstance) for action in decision.actions)
        yields = made and len(self._queue) > 0 and not self._records.dependents_of(key)
        if yields:
            self._queue.add(key, Priority.RESYNC)
        return yields

    async def _look(self, stored: Stored) -> World:
        await self._observed.refresh_lists()
        if stored.key.kind == "Container":
            instances = self._records.instances_of(stored.key)
            await self._observed.refresh(one.container_id for one in instances if one.container_id)
            version = self._link.info.version if self._link.info else ""
            await self._sightings.note(stored.key, self._link.outage, version)
        elif isinstance(spec := stored.resource.spec, NetworkSpec):
            await self._observed.refresh_members(naming.network_name(stored.key, spec))
        return await self._worlds.of(stored)

    def _plan(self, world: World) -> Decision:
        decision = graph.plan(world, self._clock.now())
        if isinstance(world, ContainerWorld) and (why := self._guard.stops(world, decision)):
            return graph.plan(replace(world, guard=why), self._clock.now())
        return decision

    async def _settled(self, world: World, found: Sequence[Change], decision: Decision) -> None:
        key = world.stored.key
        self._queue.forget(key)
        self._board.show(key, decision.status)
        self._look_again(key, decision.requeue_at)
        self._tell_dependents(world)
        if isinstance(world, ContainerWorld):
            self._probing.follow(world)
            self._reaching.follow(world)
            self._companions.follow(world)
        await self._drift.record(world, found, decision.changes)
        self._chronicle.note(world, decision)
        await self._approvals.settle(world, decision)

    async def _unsettled(self, key: Key, found: Sequence[Change], errors: list[EngineError]) -> None:
        """Some deed failed: say how it stands now, and try again when that can help."""
        if any(isinstance(error, EngineUnreachable) for error in errors):
            raise errors[0]
        stored = self._records.resources.get(key)
        if stored is None:
            return
        world = await self._look(stored)
        decision = self._plan(world)
        self._board.show(key, decision.status)
        self._tell_dependents(world)
        if isinstance(world, ContainerWorld):
            self._companions.follow(world)
        await self._drift.record(world, found, decision.changes)
        self._chronicle.note(world, decision)
        for error in errors:
            log.warning("action failed", key=str(key), reason=error.message)
        if decision.actions or not all(isinstance(error, Refused) for error in errors):
            self._queue.add_rate_limited(key)
        self._look_again(key, decision.requeue_at)

    def _gone(self, key: Key, needs: Sequence[Key]) -> None:
        """Wake those it needed, too: they may be deleted and wait for their last user to go."""
        self._queue.forget(key)
        self._told.pop(key, None)
        self._causes.forget(key)
        self._chronicle.forget(key)
        self._probing.end(key)
        self._reaching.end(key)
        self._companions.end(key)
        self._wake({*self._records.dependents_of(key), *needs})

    def _look_again(self, key: Key, at: datetime | None) -> None:
        if at is not None:
            self._queue.add_after(key, max((at - self._clock.now()).total_seconds(), 0.001))

    def _tell_dependents(self, world: World) -> None:
        """Wake those who need this resource when what they need of it has changed."""
        key = world.stored.key
        tells = _what_it_tells(world)
        if self._told.get(key) != tells:
            self._told[key] = tells
            self._wake(self._records.dependents_of(key))

    def _wake(self, keys: Iterable[Key]) -> None:
        for key in keys:
            # A dependent waits for exactly this: nothing is gained by letting it settle first.
            self._queue.add(key, Priority.USER)


def _what_it_tells(world: World) -> object:
    """Return the part of a world that planners of other resources read."""
    if isinstance(world, ContainerWorld):
        runs = ((one.container_id or "", world.containers.get(one.container_id or "")) for one in world.instances)
        return dependencies.judge(world), sorted((id_, str(seen.started_at if seen else "")) for id_, seen in runs)
    if isinstance(world, NetworkWorld):
        return tuple(sorted(network.id for network in world.found))
    if isinstance(world, VolumeWorld):
        made_at = world.record.created_at if world.record else None
        return world.found is not None and world.labelled, made_at, world.stored.renew_requested
    if isinstance(world, ImageWorld):
        return world.fact
    return world.stored.generation
