"""Keep how each resource stood, whenever that changed and has settled: what time travel reads.

Nothing is written while nothing changes. What changes again and again is written ten times in a row,
then once a minute, always as it stands by then.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import anyio
import structlog
from sqlmodel import Session

from controller import moments
from controller.clock import Clock, happens_within
from controller.drift_log import DriftLog
from controller.records import Records
from desired_state.key import Key
from observed_state.status import Status
from reconcilers.decision import Decision
from reconcilers.graph import World
from reconcilers.world import ContainerWorld
from store import moments as moment_rows
from store import revisions
from store.errors import StoreError

log = structlog.get_logger()

# A status that stands for so long has settled; one that does not is kept after the longer time all the same.
_SETTLED_S = 2.0
_LONGEST_S = 10.0
_BURST = 10
_EVERY_S = 60.0

_TROUBLES = ("CrashLooping", "Held", "Conflict", "Failed")
_UNDONE = ("UpdateFailed", "RolledBack")


@dataclass(frozen=True, slots=True)
class Note:
    """How a resource was last found to stand. Times are the clock's monotonic seconds; `at` is for the record."""

    world: World
    decision: Decision
    at: datetime
    first: float
    last: float

    def says_the_same(self, world: World, decision: Decision) -> bool:
        """Return whether a later look found the same; time alone changes nothing."""
        same = (self.decision.status, self.decision.changes) == (decision.status, decision.changes)
        return same and moments.seen_of(self.world) == moments.seen_of(world)  # mostly the very same objects


class Chronicle:
    """The moments that are due, and what was last kept of each resource."""

    def __init__(self, records: Records, drift: DriftLog, clock: Clock) -> None:
        self._records = records
        self._drift = drift
        self._clock = clock
        self._due: dict[Key, Note] = {}
        self._kept: dict[str, str] | None = None
        # Up to when each resource has used up its share of rows, in monotonic seconds.
        self._spent: dict[str, float] = {}
        self._uids: dict[Key, str] = {}
        self._noted = anyio.Event()

    def note(self, world: World, decision: Decision) -> None:
        """Take down how a resource stands now; it is written when that has settled."""
        key, now = world.stored.key, self._clock.monotonic()
        decision = replace(decision, status=self._records.statuses.get(key, decision.status))
        self._uids[key] = world.stored.uid
        known = self._due.get(key)
        if known is not None and known.says_the_same(world, decision):
            self._due[key] = replace(known, world=world, decision=decision)
            return
        self._due[key] = Note(world, decision, self._clock.now(), known.first if known else now, now)
        self._noted.set()

    def forget(self, key: Key) -> None:
        """Forget a resource that is gone."""
        self._due.pop(key, None)
        uid = self._uids.pop(key, "")
        self._spent.pop(uid, None)
        if self._kept is not None:
            self._kept.pop(uid, None)

    async def run(self) -> None:
        """Write what is due when it is due, until cancelled."""
        while True:
            await self._noted.wait()
            self._noted = anyio.Event()
            while self._due:
                wait = min(self._ready_at(note) for note in self._due.values()) - self._clock.monotonic()
                if wait > 0 and await happens_within(self._clock, self._noted, wait):
                    self._noted = anyio.Event()
                elif not await self.flush():
                    await self._clock.sleep(_LONGEST_S)

    async def flush(self, *, everything: bool = False) -> bool:
        """Write what is due now, or (at the end) whatever has not been written yet; return whether that worked."""
        now = self._clock.monotonic()
        due = {key: note for key, note in self._due.items() if everything or self._ready_at(note) <= now}
        for key in due:
            del self._due[key]
        try:
            await self._write(due.values())
        except StoreError as error:
            log.warning("could not keep how resources stand", reason=error.message)
            self._due = due | self._due
            return False
        return True

    def _ready_at(self, note: Note) -> float:
        settled = min(note.last + _SETTLED_S, note.first + _LONGEST_S)
        return max(settled, self._spent.get(note.world.stored.uid, 0.0) - _BURST * _EVERY_S)

    async def _write(self, notes: Iterable[Note]) -> None:
        if self._kept is None:
            self._kept = await self._records.store.read(moment_rows.fingerprints)
        kept = self._kept
        new = [(note, one) for note in notes if (one := self._moment(note)).fingerprint != kept.get(one.uid)]
        if not new:
            return

        def write(session: Session) -> None:
            moment_rows.append(session, [one for _, one in new])
            for note, one in new:
                if not is_updating(note.world):
                    settle(session, one.uid, note.decision.status, note.at)

        await self._records.store.write(write)
        for _, one in new:
            kept[one.uid] = one.fingerprint
            now = self._clock.monotonic()
            self._spent[one.uid] = max(self._spent.get(one.uid, 0.0), now) + _EVERY_S

    def _moment(self, note: Note) -> moment_rows.NewMoment:
        stored = note.world.stored
        moment = moments.Moment(
            moments.held_of(stored),
            note.decision.status,
            tuple(self._drift.explained(note.decision.changes)),
            moments.seen_of(note.world),
        )
        text = moments.to_text(moment)
        return moment_rows.NewMoment(
            stored.key, stored.uid, stored.generation, note.at, moments.fingerprint(text), text
        )


def is_updating(world: World) -> bool:
    """Return whether an update is under way, which says by itself what came of it."""
    return isinstance(world, ContainerWorld) and world.rollout is not None and world.rollout.state == "progressing"


def settle(session: Session, uid: str, status: Status, now: datetime) -> None:
    """Record what came of a revision's rollout, once that is known."""
    undone = status.reason in _UNDONE
    if status.ready and not undone:
        revisions.settle(session, uid, status.observed_generation, outcome="ready", message="", now=now)
    elif undone or status.phase in _TROUBLES:
        message = f"{status.reason}: {status.message}" if status.message else status.reason
        revisions.settle(
            session, uid, status.observed_generation, outcome="failed", message=message, now=now, undone=undone
        )
