"""Scheduled runs, held in memory and written through to the store, like the records beside them."""

from collections.abc import Callable
from typing import Any

import anyio
from sqlmodel import Session

from desired_state.resource import Stored
from observed_state.run import Followed, Run
from store import runs
from store.database import Store


class RunRecords:
    """The runs of each scheduled container and how far its schedule was followed, by the resource's uid."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # Held while a number is taken: two runs never get the same.
        self.numbering = anyio.Lock()
        self._runs: dict[str, tuple[Run, ...]] = {}
        self._followed: dict[str, Followed] = {}

    async def load(self) -> None:
        """Read the newest runs from the store."""
        self._followed = await self._store.read(runs.followed)
        self._runs = {uid: tuple(found) for uid, found in (await self._store.read(runs.recent)).items()}

    def of(self, owner: Stored) -> tuple[Run, ...]:
        """Return the newest runs of one resource and all that are not over, oldest first."""
        return self._runs.get(owner.uid, ())

    def followed(self, owner: Stored) -> Followed | None:
        """Return how far a schedule was followed, None when it never was."""
        return self._followed.get(owner.uid)

    async def save(
        self, owner: Stored, run: Run | None, followed: Followed | None, *also: Callable[[Session], Any]
    ) -> None:
        """Commit a run and how far its schedule is followed with it, in one transaction, and show them."""

        def write(session: Session) -> None:
            if run is not None:
                runs.save(session, owner, run)
            if followed is not None:
                runs.follow(session, owner, followed)
            for part in also:
                part(session)

        await self._store.write(write)
        if run is not None:
            self._show(owner, run)
        if followed is not None:
            self._followed[owner.uid] = followed

    def forget(self, owner: Stored) -> None:
        """Show that a resource is gone, and its runs with it."""
        self._runs.pop(owner.uid, None)
        self._followed.pop(owner.uid, None)

    def _show(self, owner: Stored, run: Run) -> None:
        known = {one.number: one for one in self._runs.get(owner.uid, ())} | {run.number: run}
        newest = max(known)
        self._runs[owner.uid] = tuple(
            one for number, one in sorted(known.items()) if one.live or number > newest - runs.RECENT
        )
