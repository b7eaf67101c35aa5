"""Which ports belong to a service, which of them clients use, and where that is known from."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from container_ci.discovery.facts import Facts, Listener
from container_ci.discovery.instances import Instance
from container_ci.discovery.signatures import Signature

_FIRST_EPHEMERAL = 32768
_VARIABLES = {
    "uvicorn": ("UVICORN_PORT",),
    "fastapi": ("UVICORN_PORT", "PORT"),
    "flask": ("FLASK_RUN_PORT",),
    "spring-boot": ("SERVER_PORT",),
    "mysql": ("MYSQL_TCP_PORT",),
    "mariadb": ("MYSQL_TCP_PORT",),
    "postgresql": ("PGPORT",),
    "rabbitmq": ("RABBITMQ_NODE_PORT",),
    "aspnet": ("ASPNETCORE_HTTP_PORTS", "ASPNETCORE_URLS"),
    "gunicorn": ("GUNICORN_CMD_ARGS", "PORT"),
    "node": ("PORT", "NODE_PORT"),
    "express": ("PORT", "NODE_PORT"),
    "nextjs": ("PORT",),
    "puma": ("PORT",),
    "rails": ("PORT",),
}
_IN_WORDS = (
    r"\s--?(?:[a-z]+[-.])?port[= ](\d{1,5})\b",
    r"\s(?:-[ablSHo]|--(?:bind|listen|host|addr(?:ess)?|http(?:-socket|-address)?))[= ]?\S*?:(\d{1,5})\b",
    r"\s--(?:web\.listen-address|listen-client-urls)[= ]\S*?:(\d{1,5})\b",
    r"tcp://\S*?:(\d{1,5})\b",
    r"\s(?:runserver|http\.server)\s(?:\S+\s)*?(?:[\d.]+:)?(\d{2,5})(?:\s|$)",
    r"\s\*:(\d{1,5})\b",
    r"\s\d+\.\d+\.\d+\.\d+:(\d{1,5})\b",
    r"\s-p[= ]?(\d{1,5})\b",
)
_IN_BANNER = (
    r"https?://\S*?:(\d{1,5})\b",
    r"\bport[ :=]+(\d{1,5})\b",
    r"(?:\d+\.\d+\.\d+\.\d+|\]|\*):(\d{1,5})\b",
)


@dataclass(frozen=True, slots=True)
class Ports:
    """`main` is what clients use, None when it is not known; `named` are the others by role.

    `listening` says whether the main one was seen open, None when sockets can't be seen. `loopback`: nobody
    outside the container reaches it.
    """

    main: int | None = None
    named: Mapping[str, int] = field(default_factory=dict)
    source: str = ""
    listening: bool | None = None
    loopback: bool = False


def owned_listeners(instance: Instance, facts: Facts, *, alone: bool) -> tuple[Listener, ...]:
    """Return the sockets that belong to an instance; `alone` says that nothing else could have opened them."""
    udp = instance.signature is not None and instance.signature.udp
    if facts.sockets == "owned":
        mine: Iterable[Listener] = (one for one in facts.listeners if one.inode in instance.sockets)
    elif facts.sockets == "seen" and alone:
        mine = facts.listeners
    else:
        return ()
    known = _known(instance.signature)
    return tuple(one for one in mine if one.protocol == "tcp" or (udp and one.port in known))


def ports_of(instance: Instance, mine: tuple[Listener, ...], facts: Facts) -> Ports:
    """Return an instance's ports: those it was seen to listen on, else those it is told to listen on."""
    row = instance.signature
    roles = dict(row.roles) if row else {}
    told, source = _told(instance, facts)
    clients = _clients(mine, row, told)
    if facts.sockets == "unknown" or (facts.sockets == "seen" and not mine and _shares_its_network(facts)):
        return Ports(None if _listens_nowhere(row) else told, {}, "" if _listens_nowhere(row) else source)
    named = {role: port for role, port in roles.items() if any(one.port == port for one in mine)}
    if _listens_nowhere(row):
        return Ports(None, named)
    if not clients:
        return Ports(None, named, "", listening=False)
    main = min(clients, key=lambda one: _rank(one, row, told, facts)).port
    reachable = any(one.port == main and not one.loopback for one in mine)
    others = {one.port for one in clients if not _is_stray(one)} - {main, *named.values()}
    extra = {f"port-{port}": port for port in sorted(others)}
    return Ports(main, {**named, **extra}, "socket", listening=True, loopback=not reachable)


def _clients(mine: tuple[Listener, ...], row: Signature | None, told: int | None) -> list[Listener]:
    """Return the sockets that clients may use: those with a role of their own only when there is nothing else."""
    roles = {port for _, port in row.roles} - {told} if row else set()
    wanted = [one for one in mine if one.port == told or not _is_stray(one)]
    plain = [one for one in wanted if one.port not in roles]
    return plain or (wanted if row is None or row.kind == "generic" or not row.ports else [])


def _is_stray(one: Listener) -> bool:
    """Whether a program opened it for itself: on loopback, at a number that the kernel gave."""
    return one.loopback and one.port >= _FIRST_EPHEMERAL


def _rank(one: Listener, row: Signature | None, told: int | None, facts: Facts) -> tuple[int | bool, ...]:
    known = row.ports if row else ()
    return (
        known.index(one.port) if one.port in known else len(known),
        one.loopback,
        one.port != told,
        one.port not in facts.published,
        one.port not in facts.exposed,
        one.port,
    )


def _listens_nowhere(row: Signature | None) -> bool:
    return row is not None and row.kind == "worker"


def _shares_its_network(facts: Facts) -> bool:
    return not facts.listeners


def _known(row: Signature | None) -> set[int]:
    return {*row.ports, *(port for _, port in row.roles)} if row else set()


def _told(instance: Instance, facts: Facts) -> tuple[int | None, str]:
    """Return the port that a service is set up for, and where that is said."""
    row = instance.signature
    if (port := port_in(instance.lead.text)) is not None:
        return port, "args"
    for name in _VARIABLES.get(row.slug if row else "", ("PORT",)):
        if (port := _in_variable(facts.environment.get(name, ""))) is not None:
            return port, "env"
    if row and row.banner and (port := _in_log(row, facts)) is not None:
        return port, "log"
    exposed = sorted(facts.exposed)
    if exposed and (row is None or not set(row.ports) or set(row.ports) & facts.exposed or len(exposed) == 1):
        known = [port for port in (row.ports if row else ()) if port in facts.exposed]
        return (known or exposed)[0], "image"
    return (row.ports[0], "default") if row and row.ports else (None, "")


def port_in(text: str) -> int | None:
    """Return the port that a command line names, None for none."""
    for shape in _IN_WORDS:
        if (found := re.search(shape, text)) and 0 < int(found.group(1)) < 65536:
            return int(found.group(1))
    return None


def _in_variable(value: str) -> int | None:
    if value.isdigit():
        return int(value) if 0 < int(value) < 65536 else None
    return port_in(f" {value}") or _number_in_url(value)


def _number_in_url(value: str) -> int | None:
    found = re.search(r"://[^/;]*:(\d{1,5})", value)
    return int(found.group(1)) if found else None


def _in_log(row: Signature, facts: Facts) -> int | None:
    for line in facts.log:
        if re.search(row.banner, line):
            for shape in _IN_BANNER:
                if (found := re.search(shape, line)) and 0 < int(found.group(1)) < 65536:
                    return int(found.group(1))
    return None
