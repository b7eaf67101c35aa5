"""People's words on what differs: each holds as long as what it is about, and not a moment longer."""

from collections.abc import Iterator, Sequence
from functools import partial

from controller.clock import Clock
from controller.guard import Guard
from controller.records import Records
from desired_state.approval import Approval
from reconcilers.decision import Change, Decision
from reconcilers.graph import World
from reconcilers.policies import change_ids
from reconcilers.world import ContainerWorld
from store import approvals


class Approvals:
    """Ends the approvals of one resource whose difference is gone."""

    def __init__(self, records: Records, guard: Guard, clock: Clock) -> None:
        self._records = records
        self._guard = guard
        self._clock = clock

    async def settle(self, world: World, decision: Decision) -> None:
        """Forget what was approved about differences that are there no more."""
        stored = world.stored
        if not stored.approvals:
            return
        ended = list(self._ended(world, decision))
        if ended:
            write = partial(approvals.end, key=stored.key, ended=ended, now=self._clock.now())
            after = await self._records.store.write(write)
            if after is not None:
                self._records.take_resources([after])

    def _ended(self, world: World, decision: Decision) -> Iterator[Approval]:
        present = _present([*decision.changes, *decision.unshown])
        for word in world.stored.approvals:
            if not (word.difference in present if word.difference else self._is_minded(world, decision)):
                yield word

    def _is_minded(self, world: World, decision: Decision) -> bool:
        return isinstance(world, ContainerWorld) and self._guard.minds(world, decision)


def _present(changes: Sequence[Change]) -> frozenset[str]:
    return frozenset(one for change in changes for one in change_ids(change))
