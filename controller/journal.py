"""The record around every deed: what is about to be done and why, and how it went."""

from collections.abc import Callable
from typing import Any

from sqlmodel import Session

from controller.causes import Causes
from controller.clock import Clock
from desired_state.key import Key
from engine.errors import EngineError
from observed_state.instance import Instance
from reconcilers.actions import Action
from store import actions, events

Part = Callable[[Session], Any]

_DEEDS = {
    "AdoptInstance": "Adopted",
    "AdoptThing": "Adopted",
    "CreateInstance": "Created",
    "Start": "Started",
    "Stop": "Stopped",
    "RunHooks": "Hooked",
    "Unpause": "Unpaused",
    "Rename": "Renamed",
    "Update": "Updated",
    "Connect": "Connected",
    "Disconnect": "Disconnected",
    "RefreshFiles": "Refreshed",
    "AcceptSpec": "Accepted",
    "Forget": "Gone",
    "Retire": "Retired",
    "Release": "Released",
    "RemoveInstance": "Removed",
    "CreateNetwork": "Created",
    "RemoveNetwork": "Removed",
    "AcceptResource": "Accepted",
    "CreateVolume": "Created",
    "RemoveVolume": "Removed",
    "Pull": "Pulled",
    "BuildImage": "Built",
    "PushImage": "Pushed",
    "RemoveImage": "Removed",
    "FinishDeletion": "Deleted",
    "NoteReady": "BecameReady",
    "BeginUpdate": "UpdateBegun",
    "PauseUpdate": "UpdatePaused",
    "RollBack": "RolledBack",
    "FinishUpdate": "UpdateFinished",
}
_BAD_NEWS = frozenset({"PauseUpdate", "RollBack"})


def told(action: str) -> str:
    """Return the word by which people are told of a deed, from the name of its action."""
    return _DEEDS.get(action, action)


class Journal:
    """Makes the store parts that belong to one action; the caller commits them with its own."""

    def __init__(self, clock: Clock, causes: Causes) -> None:
        self._clock = clock
        self._causes = causes

    def intent(
        self, key: Key, action: Action, generation: int, ids: list[int], instance: Instance | None = None
    ) -> Part:
        """Return the part that records an action, and what it answers, before it is done; its id is appended to `ids`.

        `instance` is the record of the container that it is about, None for what is no container.
        """
        now = self._clock.now()
        container = instance.final_name if instance else ""
        intent = actions.Intent(
            key,
            type(action).__name__,
            action.reason,
            generation,
            instance=instance.uid if instance else action.instance,
            slot=action.slot,
            container=container,
            evidence=self._causes.behind(key, container),
        )

        def write(session: Session) -> None:
            ids.append(actions.begin(session, intent, now))

        return write

    def result(
        self,
        key: Key,
        action: Action,
        ids: list[int],
        instance: Instance | None = None,
        error: EngineError | None = None,
    ) -> Part:
        """Return the part that records how an action went, with the error that ended it, and tells it as an event."""
        now, why = self._clock.now(), error.message if error else ""
        name = type(action).__name__

        def write(session: Session) -> None:
            for id_ in ids:
                actions.finish(session, id_, outcome="failed" if why else "done", error=why, now=now)
            events.record(
                session,
                key,
                type="Warning" if why or name in _BAD_NEWS else "Normal",
                reason=f"{name}Failed" if why else _DEEDS[name],
                message=f"{why} ({action.reason})" if why else action.reason,
                now=now,
                instance=instance.name if instance else "",
            )

        return write
