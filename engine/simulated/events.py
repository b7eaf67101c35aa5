"""The event stream: a short memory, and subscribers who may break."""

from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Any

import anyio

from engine.simulated.agenda import Agenda

RING_SIZE = 256

Event = dict[str, Any]


class Events:
    """Docker's events as JSON lines. Only the newest 256 are kept, of all kinds together."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self._ring: deque[Event] = deque(maxlen=RING_SIZE)
        self._subscribers: list[Subscriber] = []
        self._newest_ns = 0

    def emit(self, kind: str, action: str, actor: str, attributes: Mapping[str, str] | None = None) -> None:
        """Record one event and hand it to every subscriber."""
        event = {
            "Type": kind,
            "Action": action,
            "Actor": {"ID": actor, "Attributes": dict(attributes or {})},
            "scope": "local",
            "timeNano": self._stamp(),
        }
        self._ring.append(event)
        self._subscribers = [subscriber for subscriber in self._subscribers if subscriber.open]
        for subscriber in self._subscribers:
            subscriber.push(event)

    def subscribe(self, since_ns: int | None) -> "Subscriber":
        """Return an open stream of the kept events from `since_ns` on, and of all that follow."""
        kept = [] if since_ns is None else self.kept(since_ns)
        subscriber = Subscriber(self._agenda, kept, max(self.now_ns(), self._newest_ns + 1))
        self._subscribers.append(subscriber)
        return subscriber

    def kept(self, since_ns: int = 0) -> list[Event]:
        """Return what is remembered from `since_ns` on, oldest first."""
        return [event for event in self._ring if event["timeNano"] >= since_ns]

    def break_streams(self) -> None:
        """End every open stream, as a cut connection does."""
        for subscriber in self._subscribers:
            subscriber.break_off()

    def forget(self) -> None:
        """Lose the memory, as a restarted daemon has."""
        self._ring.clear()

    def now_ns(self) -> int:
        """Return the daemon's time, never before that of its newest event."""
        return max(round(self._agenda.now().timestamp() * 1e6) * 1000, self._newest_ns)

    def _stamp(self) -> int:
        # Two events are never of the same nanosecond, so that `since` can tell them apart.
        self._newest_ns = max(self.now_ns(), self._newest_ns + 1)
        return self._newest_ns


class Subscriber:
    """One open stream: what it has not taken yet. `since_ns` is when it was opened."""

    def __init__(self, agenda: Agenda, kept: list[Event], since_ns: int) -> None:
        self._agenda = agenda
        self.since_ns = since_ns
        self._waiting = deque(kept)
        self._changed = anyio.Event()
        self.open = True

    async def events(self) -> AsyncIterator[Event]:
        """Yield what there is, then what comes; end when the stream is broken."""
        try:
            while self.open or self._waiting:
                while self._waiting:
                    yield self._waiting.popleft()
                if self.open:
                    await self._agenda.wait(self._changed)
        finally:
            self.open = False

    def push(self, event: Event) -> None:
        self._waiting.append(event)
        self._announce()

    def break_off(self) -> None:
        """End the stream after what was sent already."""
        self.open = False
        self._announce()

    def _announce(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()
