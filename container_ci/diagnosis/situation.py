"""All that is known of one container at one moment: what the rules look at, and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import accumulate
from pathlib import PurePosixPath
from typing import Any

from container_ci.diagnosis.counters import Reading
from container_ci.logs.grouping import Entry
from desired_state.container import ContainerSpec
from observed_state.container import Container
from observed_state.engine import EngineEvent
from observed_state.finding import Finding
from observed_state.image import Image
from observed_state.service import Discovery

# What is written while the process ends reaches the log a little after Docker has noted the end.
_AFTER_END = timedelta(seconds=2)
# Docker notes the start when the process runs already: its first words may be a little older.
_BEFORE_START = timedelta(milliseconds=100)
# How long after a restart the former run is still what there is to explain.
_YOUNG = timedelta(seconds=60)
_SIGNALS = {"SIGKILL": "9", "KILL": "9", "SIGTERM": "15", "TERM": "15", "SIGINT": "2", "SIGQUIT": "3", "SIGWINCH": "28"}
# Sent to have a process end; others (SIGHUP, SIGUSR1) ask it for something else.
_ENDING = frozenset(("9", "15", "2", "3"))


@dataclass(frozen=True, slots=True)
class Exit:
    """How one run ended. `deliberate`: somebody wanted it so."""

    exit_code: int
    started_at: datetime | None = None
    finished_at: datetime | None = None
    oom_killed: bool = False
    error: str = ""
    deliberate: bool = False

    @property
    def lasted(self) -> timedelta | None:
        """How long the run was, None when that is not known."""
        known = self.started_at is not None and self.finished_at is not None
        return self.finished_at - self.started_at if known else None  # type: ignore[operator]  # both are known


@dataclass(frozen=True, slots=True)
class Check:
    """One answer of Docker's own health check. `exit_code` None: not known."""

    output: str
    exit_code: int | None = None
    when: datetime | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class Mount:
    """Something mounted into the container. `source` is a path or a volume's name, "" for a tmpfs."""

    type: str
    source: str
    target: str
    writable: bool = True


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another container this one may speak to. `aliases` are the names by which it is reached.

    `container` is None for what is declared and was never made; `ports` is where it listens, None when that
    is not known; `finding` is what is wrong with it itself.
    """

    name: str
    aliases: frozenset[str] = frozenset()
    container: Container | None = None
    ports: frozenset[int] | None = None
    finding: Finding | None = None

    @property
    def up(self) -> bool:
        """Whether it runs and nothing says that it is ill."""
        return self.container is not None and self.container.running and self.container.health != "unhealthy"

    @property
    def state(self) -> str:
        """Its state in words."""
        if self.container is None:
            return "not created"
        if self.container.running and self.container.health in ("unhealthy", "starting"):
            return f"running, health {self.container.health}"
        if self.container.state == "exited":
            return f"exited with code {self.container.exit_code}"
        return self.container.state


@dataclass(frozen=True)
class Situation:
    """One container at one moment.

    `entries` are what it said, at least in the run in question; `entries_missing` says why there are none when
    that is no evidence. `exits` are earlier ends of runs, oldest first, the last one included. `events` are
    Docker's about this container. `files` are texts from inside it by path. `signals` is the mask of signals
    that its first process handles; `kernel` what the host's kernel said about killed processes.
    """

    now: datetime
    container: Container
    image: Image | None = None
    spec: ContainerSpec | None = None
    host_architecture: str = ""
    exits: Sequence[Exit] = ()
    events: Sequence[EngineEvent] = ()
    entries: Sequence[Entry] = ()
    entries_missing: str = ""
    checks: Sequence[Check] = ()
    readings: Sequence[Reading] = ()
    discovery: Discovery | None = None
    neighbours: Sequence[Neighbour] = ()
    start_error: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    signals: int | None = None
    zombies: int = 0
    kernel: Sequence[str] = ()

    @cached_property
    def refusal(self) -> str:
        """The daemon's words for why the container was not started, "" when it was."""
        if self.start_error:
            return self.start_error
        return "" if self.container.running else self.container.error

    @cached_property
    def ended(self) -> Exit | None:
        """The end that is to be explained: of the last run, or of the one before while this one is young."""
        container = self.container
        if not container.running and container.state != "created" and container.finished_at is not None:
            return self._recorded_end(container)
        last = self.exits[-1] if self.exits else None
        if last is None or last.deliberate or last.finished_at is None or container.started_at is None:
            return None
        young = self.now - container.started_at < _YOUNG and container.started_at - last.finished_at < _YOUNG * 2
        return last if container.running and young and not self.serves else None

    def _recorded_end(self, container: Container) -> Exit:
        recorded = self.exits[-1] if self.exits else None
        same = recorded is not None and recorded.finished_at == container.finished_at
        return Exit(
            container.exit_code,
            container.started_at,
            container.finished_at,
            container.oom_killed,
            container.error,
            deliberate=bool(same and recorded and recorded.deliberate),
        )

    @cached_property
    def kills(self) -> Sequence[tuple[str, EngineEvent]]:
        """The signals that somebody had Docker send in this run, as numbers, oldest first."""
        sent = ((one, one.attributes.get("signal", "")) for one in self.happened if one.action == "kill")
        return [(_SIGNALS.get(signal, signal), one) for one, signal in sent]

    @cached_property
    def wanted(self) -> bool:
        """Whether somebody asked this run to end: then its end is no fault."""
        if self.ended is None:
            return False
        stop = str(self.config.get("StopSignal") or "SIGTERM")
        ending = _ENDING | {_SIGNALS.get(stop, stop)}
        asked = any(signal in ending for signal, _ in self.kills)
        return self.ended.deliberate or asked or any(one.action == "stop" for one in self.happened)

    @cached_property
    def serves(self) -> bool:
        """Whether Docker's own check says that it is well."""
        return self.container.running and self.container.health == "healthy"

    @cached_property
    def ill(self) -> bool:
        """Whether Docker's own check says that it is not well."""
        return self.container.running and self.container.health == "unhealthy"

    @cached_property
    def age(self) -> timedelta:
        """How long it has been running."""
        return self.now - self.container.started_at if self.container.started_at else timedelta(0)

    @cached_property
    def said(self) -> Sequence[Entry]:
        """What was said in the run in question; other runs explain nothing about it."""
        since = self.ended.started_at if self.ended else self.container.started_at
        until = self.ended.finished_at if self.ended else None
        return [
            entry
            for entry in self.entries
            if (since is None or entry.time >= since - _BEFORE_START)
            and (until is None or entry.time <= until + _AFTER_END)
        ]

    @cached_property
    def lowered(self) -> tuple[str, Sequence[int]]:
        """The same as one text in lower case, and where in it each entry begins."""
        texts = [entry.text.lower() for entry in self.said]
        return "\n".join(texts), list(accumulate((len(text) + 1 for text in texts[:-1]), initial=0))

    @cached_property
    def happened(self) -> Sequence[EngineEvent]:
        """Docker's events of the run in question, oldest first."""
        since = self.ended.started_at if self.ended else self.container.started_at
        until = self.ended.finished_at if self.ended else None
        low = since.timestamp() * 1e9 if since else 0.0
        high = (until + _AFTER_END).timestamp() * 1e9 if until else float("inf")
        own = (one for one in self.events if one.type == "container" and one.actor in ("", self.container.id))
        return sorted((one for one in own if low <= one.time_ns <= high), key=lambda one: one.time_ns)

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """Docker's `Config` of the container."""
        return self.container.frozen.get("Config") or {}

    @cached_property
    def host_config(self) -> Mapping[str, Any]:
        """Docker's `HostConfig` of the container."""
        return self.container.frozen.get("HostConfig") or {}

    @cached_property
    def environment(self) -> Mapping[str, str]:
        """The variables that the container was given."""
        pairs = (entry.partition("=") for entry in self.config.get("Env") or ())
        return {name: value for name, _, value in pairs}

    @cached_property
    def argv(self) -> Sequence[str]:
        """The words of its main process: entrypoint and command."""
        return [*(self.config.get("Entrypoint") or ()), *(self.config.get("Cmd") or ())]

    @cached_property
    def program(self) -> str:
        """The bare name of the first of them, "" when there is none."""
        return PurePosixPath(self.argv[0]).name if self.argv else ""

    @cached_property
    def user(self) -> str:
        """The user it runs as, "" for root."""
        user = str(self.config.get("User") or "").partition(":")[0]
        return "" if user in ("root", "0") else user

    @cached_property
    def mounts(self) -> Sequence[Mount]:
        """What is mounted into it."""
        return list(_mounts(self.container, self.host_config))

    def mounted_at(self, path: str) -> Mount | None:
        """Return the mount that a path inside the container lies on, None for the container's own layer."""
        on = [one for one in self.mounts if path == one.target or path.startswith(one.target.rstrip("/") + "/")]
        return max(on, key=lambda one: len(one.target), default=None)

    @cached_property
    def memory_limit(self) -> int | None:
        """Its limit in bytes."""
        limit = self.container.resources.get("Memory")
        return limit if isinstance(limit, int) else None

    @cached_property
    def restarts(self) -> bool:
        """Whether a run that ends well is begun anew."""
        docker = self.container.restart_policy.name in ("always", "unless-stopped")
        if self.spec is None:
            return docker
        declared = self.spec.restart.policy if self.spec.restart else "always"
        return docker or (declared in ("always", "unless-stopped") and self.spec.schedule is None)


def _mounts(container: Container, host: Mapping[str, Any]) -> Iterator[Mount]:
    for bind in host.get("Binds") or ():
        source, _, rest = str(bind).partition(":")
        target, _, options = rest.partition(":")
        kind = "bind" if source.startswith("/") else "volume"
        yield Mount(kind, source, target or source, "ro" not in options.split(","))
    for mount in host.get("Mounts") or ():
        yield Mount(mount.get("Type", ""), mount.get("Source") or "", mount["Target"], not mount.get("ReadOnly"))
    for target in host.get("Tmpfs") or {}:
        yield Mount("tmpfs", "", target)
    bound = {str(bind).split(":")[1] for bind in host.get("Binds") or () if ":" in str(bind)}
    for target, name in container.volumes.items():
        if target not in bound:
            yield Mount("volume", name, target)
