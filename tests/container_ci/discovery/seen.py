"""Containers to discover, made by hand: their processes, and the sockets that each holds."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from container_ci.discovery.facts import Facts, Listener, Task
from container_ci.discovery.judging import discover
from observed_state.service import Discovery, Service

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OLD = timedelta(minutes=5)
YOUNG = timedelta(seconds=5)


def seen(*processes: str | tuple[str, str | list[str]], age: timedelta = OLD, **given: Any) -> Facts:
    """Return the facts of a container whose processes are given as `pid ppid command line`.

    A process may come with the addresses that it listens on: `("1 0 nginx", "0.0.0.0:80")`, several in a list.
    """
    tasks: list[Task] = []
    listeners: list[Listener] = []
    for process in processes:
        text, addresses = (process, []) if isinstance(process, str) else process
        pid, ppid, line = text.split(" ", 2)
        mine = [listener(int(pid) * 100 + at, address) for at, address in enumerate(_each(addresses))]
        listeners += mine
        words = tuple(line.split())
        held = frozenset(one.inode for one in mine)
        tasks.append(Task(int(pid), int(ppid), words[0].rpartition("/")[2][:15], words, sockets=held))
    facts = {"sockets": "owned", "source": "proc", "started_at": NOON - age, **given}
    return Facts(tasks=tuple(tasks), listeners=tuple(listeners), **facts)


def listener(inode: int, text: str) -> Listener:
    """Return a socket for `address:port` or `address:port/udp`."""
    where, _, protocol = text.partition("/")
    address, _, port = where.rpartition(":")
    return Listener(inode, address.strip("[]"), int(port), "udp" if protocol == "udp" else "tcp")


def _each(addresses: str | Iterable[str]) -> list[str]:
    return [addresses] if isinstance(addresses, str) else list(addresses)


def found(facts: Facts) -> Discovery:
    return discover(facts, NOON)


def only(facts: Facts) -> Service:
    """Return the one service that is discovered."""
    (service,) = found(facts).services
    return service
