"""Carry out a decision's actions: intent recorded before, deed, result recorded after.

Nothing is decided here. After every deed the cache shows what Docker then said, so the next plan
starts from there.
"""

from collections import defaultdict
from collections.abc import Sequence

import anyio

from controller.container_deeds import ContainerDeeds
from controller.resource_deeds import ResourceDeeds
from controller.rollout_deeds import RolloutDeeds
from controller.run_deeds import RunDeeds
from desired_state.resource import Stored
from engine.errors import EngineError
from reconcilers.actions import Action, FollowSchedule, UpdateRun
from reconcilers.course import is_undone
from reconcilers.graph import World
from reconcilers.world import ContainerWorld
from store.errors import StoreError


class Executor:
    """Runs actions: those of slot 0 first, then the slots side by side, each in its own order."""

    def __init__(
        self, containers: ContainerDeeds, resources: ResourceDeeds, runs: RunDeeds, rollouts: RolloutDeeds
    ) -> None:
        self._containers = containers
        self._resources = resources
        self._runs = runs
        self._rollouts = rollouts

    async def run(self, world: World, actions: Sequence[Action]) -> list[EngineError]:
        """Carry out the actions and return the engine's errors; a slot stops at its first.

        Raises:
            StoreError: a deed could not be recorded; what was not begun by then is not done.
        """
        by_slot: defaultdict[int, list[Action]] = defaultdict(list)
        for action in actions:
            by_slot[action.slot].append(action)
        errors: list[EngineError | StoreError] = []
        await self._run_slot(world, by_slot.pop(0, []), errors)
        if errors:
            return _of_the_engine(errors)
        if len(by_slot) == 1:
            await self._run_slot(world, next(iter(by_slot.values())), errors)
            return _of_the_engine(errors)
        async with anyio.create_task_group() as tasks:
            for slot in by_slot.values():
                tasks.start_soon(self._run_slot, world, slot, errors)
        return _of_the_engine(errors)

    async def _run_slot(self, world: World, actions: Sequence[Action], errors: list[EngineError | StoreError]) -> None:
        for action in actions:
            try:
                await self._do(world.stored, world, action)
            except (EngineError, StoreError) as error:
                errors.append(error)
                return

    async def _do(self, stored: Stored, world: World, action: Action) -> None:
        if isinstance(world, ContainerWorld) and isinstance(action, FollowSchedule):
            await self._runs.follow(world, action)
        elif isinstance(world, ContainerWorld) and isinstance(action, UpdateRun):
            await self._runs.update(world, action)
        elif type(action) in self._containers.deeds:
            await self._containers.do(_world_of(world), action)
        elif type(action) in self._rollouts.deeds:
            await self._rollouts.do(stored, action)
        else:
            await self._resources.do(stored, action)


def _world_of(world: World) -> World:
    """Return the world that a container's action was planned in: the former one where an update is undone."""
    if isinstance(world, ContainerWorld) and world.former is not None and is_undone(world):
        return world.former
    return world


def _of_the_engine(errors: Sequence[EngineError | StoreError]) -> list[EngineError]:
    """Return the engine's errors, unless the store failed: then nothing may be done any more."""
    for error in errors:
        if isinstance(error, StoreError):
            raise error
    return [error for error in errors if isinstance(error, EngineError)]
