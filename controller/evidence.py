"""Who did it: the last event behind each kind of change that was made in Docker outside Ergon."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime

from observed_state.engine import EngineEvent

# What a person (or another tool) does to a container through Docker's API, and the field that it changes.
_CHANGES = {
    "stop": "status.state",
    "kill": "status.state",
    "die": "status.state",
    "oom": "status.state",
    "pause": "status.state",
    "destroy": "status.state",
    "rename": "name",
    "update": "spec.",
    "connect": "spec.networks.",
    "disconnect": "spec.networks.",
}
_BRING_AN_END = ("stop", "kill", "oom")
# What makes another thing of a name, or ends it.
_OF_NAMES = {
    "network": ("create", "destroy", "remove"),
    "volume": ("create", "destroy", "remove"),
    "image": ("tag", "untag", "pull", "load", "import", "delete"),
}
_NOT_BY_LIMITS = ("spec.networks", "spec.image", "spec.network_mode")
_REMEMBERED = 4096

_Subject = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Happening:
    """One event in words, and when it was."""

    action: str
    text: str
    at: datetime


class Evidence:
    """The newest event per thing and kind of change. Bounded: the oldest are forgotten first."""

    def __init__(self) -> None:
        self._happenings: OrderedDict[tuple[_Subject, str], Happening] = OrderedDict()
        self._stopped: OrderedDict[str, datetime] = OrderedDict()

    def note(self, container_id: str, event: EngineEvent, now: datetime, run_began: datetime | None = None) -> None:
        """Remember an event of a container that Ergon did not cause. `run_began` is when its last run did."""
        changes = _CHANGES.get(event.action)
        if changes is None:
            return
        when = _when(event, now)
        if changes == "spec.networks.":
            changes += event.attributes.get("name", "")
        subject = ("container", container_id)
        known = self._happenings.get((subject, changes))
        if event.action == "die" and known and known.action in _BRING_AN_END and _is_of_run(known, run_began):
            # The end that it brought about says less.
            return
        self._put((subject, changes), Happening(event.action, _text(event, when), when))
        if event.action in ("stop", "kill"):
            self._stopped[container_id] = when
            self._stopped.move_to_end(container_id)

    def note_name(self, event: EngineEvent, now: datetime) -> None:
        """Remember what happened to a network, a volume or an image: it is known by its name from then on."""
        if event.action not in _OF_NAMES.get(event.type, ()):
            return
        when = _when(event, now)
        for name in {event.actor, event.attributes.get("name", "")} - {""}:
            whole = whole_reference(name) if event.type == "image" else name
            self._put(((event.type, whole), ""), Happening(event.action, _text(event, when), when))

    def stopped_at(self, container_id: str) -> datetime | None:
        """Return when a person last stopped or killed a container through Docker, None for never."""
        return self._stopped.get(container_id)

    def behind(self, container_id: str, path: str, network: str = "", run_began: datetime | None = None) -> str:
        """Return the event that explains a difference of this field, "" when none was seen.

        `network` is Docker's name of the network that the field is about; of what ended a run, only
        what came after `run_began` explains how the container is now.
        """
        subject = ("container", container_id)
        if path.startswith("spec.networks."):
            happening = self._happenings.get((subject, f"spec.networks.{network}"))
        elif path.startswith("spec."):
            happening = None if path.startswith(_NOT_BY_LIMITS) else self._happenings.get((subject, "spec."))
        else:
            happening = self._happenings.get((subject, path))
        if happening is None or (path == "status.state" and not _is_of_run(happening, run_began)):
            return ""
        return happening.text

    def behind_name(self, kind: str, name: str) -> str:
        """Return what last happened to a `network`, a `volume` or an `image` of this name, "" when nothing was seen."""
        whole = whole_reference(name) if kind == "image" else name
        happening = self._happenings.get(((kind, whole), ""))
        return happening.text if happening else ""

    def _put(self, key: tuple[_Subject, str], happening: Happening) -> None:
        self._happenings[key] = happening
        self._happenings.move_to_end(key)
        for known in (self._happenings, self._stopped):
            while len(known) > _REMEMBERED:
                known.popitem(last=False)


def whole_reference(reference: str) -> str:
    """Return an image reference with what Docker lets people leave out: `nginx` is `nginx:latest`."""
    short = reference.removeprefix("docker.io/").removeprefix("library/")
    tagged = ":" in short.rpartition("/")[2] or "@" in short
    return short if tagged else f"{short}:latest"


def _is_of_run(happening: Happening, began: datetime | None) -> bool:
    return began is None or happening.at > began


def _when(event: EngineEvent, now: datetime) -> datetime:
    return datetime.fromtimestamp(event.time_ns / 1e9, UTC) if event.time_ns else now


def _text(event: EngineEvent, when: datetime) -> str:
    name = event.attributes.get("name", "")
    words = {
        "kill": f"signal {event.attributes.get('signal', '')}",
        "die": f"exit code {event.attributes.get('exitCode', '')}",
        "rename": f"from {event.attributes.get('oldName', '').lstrip('/')}",
        "connect": name,
        "disconnect": name,
    }.get(event.action, _short(name or event.actor) if event.type != "container" else "")
    return " ".join(part for part in (f"docker {event.type} {event.action}", words, f"at {when:%H:%M:%S}Z") if part)


def _short(name_or_id: str) -> str:
    whole = name_or_id.removeprefix("sha256:")
    return whole[:12] if len(whole) == 64 else name_or_id
