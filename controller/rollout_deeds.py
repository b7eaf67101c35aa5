"""The deeds of an update as a whole: each is a record, made before whatever follows from it is done."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from sqlmodel import Session

from controller.clock import Clock
from controller.journal import Journal, Part
from controller.records import Records
from desired_state.resource import Stored
from reconcilers import actions as act
from store import revisions

# What the history of revisions says of an update that ended.
_OUTCOMES = {act.FinishUpdate: "ready", act.RollBack: "failed", act.PauseUpdate: "failed"}


class RolloutDeeds:
    """Records how updates stand. Raises `store.errors`."""

    def __init__(self, records: Records, clock: Clock, journal: Journal) -> None:
        self._records = records
        self._clock = clock
        self._journal = journal
        self.deeds: Mapping[type[act.Action], Callable[[Stored, act.RecordRollout], Awaitable[None]]] = dict.fromkeys(
            (act.BeginUpdate, act.PauseUpdate, act.RollBack, act.FinishUpdate), self._record
        )

    async def do(self, stored: Stored, action: act.Action) -> None:
        """Carry out one action."""
        if isinstance(action, act.RecordRollout):
            await self.deeds[type(action)](stored, action)

    async def _record(self, stored: Stored, action: act.RecordRollout) -> None:
        ids: list[int] = []
        intent = self._journal.intent(stored.key, action, action.rollout.target.generation, ids)
        result = self._journal.result(stored.key, action, ids)
        await self._records.save_rollout(stored.uid, action.rollout, intent, *self._history(stored, action), result)

    def _history(self, stored: Stored, action: act.RecordRollout) -> tuple[Part, ...]:
        outcome = _OUTCOMES.get(type(action))
        if outcome is None:
            return ()
        generation, now = action.rollout.target.generation, self._clock.now()
        settle = partial(revisions.settle, uid=stored.uid, generation=generation, outcome=outcome)

        def write(session: Session) -> None:
            settle(session, message=action.reason, now=now)

        return (write,)
