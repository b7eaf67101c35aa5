"""Who did it: the last event behind each kind of change that was made to a container outside Ergon."""

from collections import OrderedDict
from datetime import UTC, datetime

from observed_state.engine import EngineEvent

# What a person (or another tool) does through Docker's API, and the fields that it changes.
_CHANGES = {
    "stop": "status.state",
    "kill": "status.state",
    "die": "status.state",
    "oom": "status.state",
    "pause": "status.state",
    "destroy": "status.state",
    "rename": "name",
    "update": "spec.",
    "connect": "spec.networks",
    "disconnect": "spec.networks",
}
_NOT_BY_LIMITS = ("spec.networks", "spec.image", "spec.network_mode")
_REMEMBERED = 4096


class Evidence:
    """The newest event per container and kind of change. Bounded: the oldest are forgotten first."""

    def __init__(self) -> None:
        self._events: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._stopped: OrderedDict[str, datetime] = OrderedDict()

    def note(self, container_id: str, event: EngineEvent, now: datetime) -> None:
        """Remember an event that Ergon did not cause."""
        changes = _CHANGES.get(event.action)
        if changes is None:
            return
        when = datetime.fromtimestamp(event.time_ns / 1e9, UTC) if event.time_ns else now
        if changes == "spec.networks":
            changes += "." + event.attributes.get("name", "")
        if event.action == "die" and (container_id, changes) in self._events and self.stopped_at(container_id):
            # The end that a stop or a kill brought about says less than the stop.
            return
        self._put((container_id, changes), _text(event, when))
        if event.action in ("stop", "kill"):
            self._stopped[container_id] = when
            self._stopped.move_to_end(container_id)

    def stopped_at(self, container_id: str) -> datetime | None:
        """Return when a person last stopped or killed a container through Docker, None for never."""
        return self._stopped.get(container_id)

    def behind(self, container_id: str, path: str) -> str:
        """Return the event that explains a difference of this field, "" when none was seen."""
        for (one, changes), text in reversed(self._events.items()):
            if one == container_id and _explains(changes, path):
                return text
        return ""

    def _put(self, key: tuple[str, str], text: str) -> None:
        self._events[key] = text
        self._events.move_to_end(key)
        for known in (self._events, self._stopped):
            while len(known) > _REMEMBERED:
                known.popitem(last=False)


def _explains(changes: str, path: str) -> bool:
    if changes == "spec.":
        return path.startswith("spec.") and not path.startswith(_NOT_BY_LIMITS)
    if changes.startswith("spec.networks."):
        return path.startswith("spec.networks.")
    return path == changes


def _text(event: EngineEvent, when: datetime) -> str:
    words = {
        "kill": f"signal {event.attributes.get('signal', '')}",
        "die": f"exit code {event.attributes.get('exitCode', '')}",
        "rename": f"from {event.attributes.get('oldName', '').lstrip('/')}",
        "connect": event.attributes.get("name", ""),
        "disconnect": event.attributes.get("name", ""),
    }.get(event.action, "")
    return " ".join(part for part in (f"docker {event.type} {event.action}", words, f"at {when:%H:%M:%S}Z") if part)
