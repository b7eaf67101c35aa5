"""What is set up, done and expected in one recorded situation. Values only; `stage.py` plays them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class Actor(Protocol):
    """The container on stage, for what is done to it."""

    name: str

    def run(self, *command: str, user: str = "") -> tuple[int, str]: ...

    def kill(self, signal: str = "SIGKILL") -> None: ...

    def stop(self, grace_s: int = 10) -> None: ...

    def start(self) -> None: ...

    def wait_exit(self, patience_s: float = 30) -> None: ...

    def wait_health(self, status: str, patience_s: float = 40) -> None: ...

    def wait_log(self, pattern: str, patience_s: float = 40) -> None: ...

    def rest(self, seconds: float) -> None: ...

    def read_counters(self) -> None: ...

    def other(self, name: str) -> "Actor": ...


@dataclass(frozen=True)
class Box:
    """One container: an image, made of the base by Dockerfile lines, a command, and Docker's own options.

    `ready` tells when it stands: a pattern in its log, a port that it listens on, "exit", or seconds. `options` are
    those of the SDK's `containers.create`. `files` are put into it before it starts, owner root, mode 0755 or what
    `modes` says.
    """

    command: str | list[str] | None
    image: str = "debian:12"
    changes: Sequence[str] = ()
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    ready: str | int | float = 2.0
    network: str = ""
    modes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Load:
    """A container at work, for `sizing/`: how many seconds it is sampled, and by how much its clock is stretched.

    `expect` is by field the least and the most to recommend, or "seen"; `forbid` are fields that are to be left alone,
    or only never lessened (`mem_limit-`).
    """

    name: str
    title: str
    software: str
    box: Box
    scale: float
    expect: Mapping[str, Any]
    forbid: Sequence[str] = ()
    enough: bool = True
    samples: int = 121
    held_out: bool = False
    beside: Mapping[str, Box] = field(default_factory=dict)
    how: str = ""


@dataclass(frozen=True)
class Scene:
    """One situation and its label. `software` are packages whose versions are noted (`redis-server`, `py:flask`).

    `host_port` is one that a process of the host holds meanwhile, 0 for none.
    """

    name: str
    title: str
    software: str
    box: Box
    expect: Mapping[str, Any]
    forbid: Sequence[str] = ()
    how: str = ""
    held_out: bool = False
    act: Callable[[Actor], None] | None = None
    beside: Mapping[str, Box] = field(default_factory=dict)
    archive: Sequence[str] = ()
    rest_s: float = 0.0
    host_port: int = 0


def service(type_: str, port: int | None = None, status: str = "", server: str = "") -> dict[str, Any]:
    """Return what discovery is expected to say of one service."""
    said = status or ("no-port" if port is None else "listening")
    return {"type": type_, "port": port, "status": said, "server": server}


def services(*expected: dict[str, Any], supervisor: str = "") -> dict[str, Any]:
    """Return the label of a discovery case."""
    return {"services": list(expected), "supervisor": supervisor}


def cause(rule: str | None, *also: str, hygiene: Sequence[str] = ()) -> dict[str, Any]:
    """Return the label of a diagnosis case; `a|b` is either, `none` among them is no finding at all."""
    return {"rule": rule, "also": list(also), "hygiene": list(hygiene)}


def check(
    command: str, *, every_s: float = 1, timeout_s: float = 1, retries: int = 2, start_s: float = 0
) -> dict[str, Any]:
    """Return Docker's own health check as an option of `create`."""
    second = 1_000_000_000
    return {
        "test": ["CMD-SHELL", command],
        "interval": int(every_s * second),
        "timeout": int(timeout_s * second),
        "retries": retries,
        "start_period": int(start_s * second),
    }


def in_turn(*steps: Callable[[Actor], object]) -> Callable[[Actor], None]:
    """Return what does these one after the other."""

    def act(actor: Actor) -> None:
        for step in steps:
            step(actor)

    return act


def python(venv: str, *lines: str) -> tuple[str, ...]:
    """Return the Dockerfile lines of an image with one of the base's Python environments."""
    path = f"/opt/{venv}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return (f"ENV PATH={path} PYTHONUNBUFFERED=1", "WORKDIR /srv/app", *lines)


def node(*lines: str) -> tuple[str, ...]:
    """Return the Dockerfile lines of an image with the base's Node.js modules."""
    return ("ENV NODE_PATH=/opt/node/node_modules NODE_ENV=production", "WORKDIR /srv/app", *lines)
