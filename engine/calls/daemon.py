"""What is asked of the daemon about itself."""

import time
from dataclasses import replace
from typing import Any

from docker.errors import NotFound

from engine import observing
from engine.connection import Wire
from engine.streams import JsonLines
from observed_state.engine import EngineInfo, PastEvents

# How many events Docker keeps, of all kinds and whoever asks (moby's `eventsLimit`).
REMEMBERED = 256


def info(wire: Wire) -> EngineInfo:
    """Return what the daemon is."""
    asked_ns = time.time_ns()
    found = wire.get("/info")
    answered_ns = time.time_ns()
    known = observing.engine_info(found, wire.get("/version"), wire.api_version, _default_bridge(wire))
    return replace(known, ahead_ns=_ahead_ns(found.get("SystemTime"), asked_ns, answered_ns))


def _ahead_ns(theirs: str | None, asked_ns: int, answered_ns: int) -> int:
    """Return how far the daemon's clock is ahead at most; 0 when its answer fits between question and answer."""
    moment = observing.moment(theirs)
    if moment is None:
        return 0
    # Its time is read to the microsecond.
    theirs_ns = round(moment.timestamp() * 1e6) * 1000
    fits = asked_ns - 1000 <= theirs_ns <= answered_ns
    return 0 if fits else theirs_ns - asked_ns


def ping(wire: Wire) -> None:
    """Return if it answers."""
    wire.ping()


def _default_bridge(wire: Wire) -> dict[str, Any]:
    """Return the network that every daemon makes anew when it starts, {} where its administrator forbade that."""
    try:
        bridge: dict[str, Any] = wire.get("/networks/bridge")
    except NotFound:
        return {}
    return bridge


def past_events(wire: Wire, since_ns: int, ahead_ns: int) -> PastEvents:
    """Return what has happened since, up to now on the daemon's clock, which is `ahead_ns` ahead of ours.

    A span that ends in the past is answered at once; where the clocks differ, the daemon waits for
    the end of the span, no longer than it took to ask it for its time.
    """
    until_ns = time.time_ns() + ahead_ns
    # A clock that was set back must not make the daemon wait for the time it had before.
    span = {"since": timestamp(min(since_ns, until_ns)), "until": timestamp(until_ns)}
    lines = JsonLines().feed(wire.request("GET", "/events", params=span).content)
    return observing.past_events(lines, until_ns, REMEMBERED)


def timestamp(time_ns: int) -> str:
    """Return a time as Docker's query parameters take it: seconds and nanoseconds."""
    return f"{time_ns // 10**9}.{time_ns % 10**9:09d}"
