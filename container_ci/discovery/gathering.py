"""Read what discovery goes by, cheapest source first, and no more of it than a question needs.

Nothing is run in the container. On another machine, without rights or without /proc there is less to read, and
`Facts.source` and `Facts.sockets` say so.
"""

import posixpath
import re
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any, TypeVar, cast

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

from container_ci.discovery import procfs
from container_ci.discovery.conversing import Ask, spoken_at
from container_ci.discovery.facts import Facts, Task
from container_ci.discovery.frameworks import framework_of, wanted_files
from container_ci.discovery.instances import Instance, instances_of
from container_ci.discovery.labels import may_be_asked
from container_ci.discovery.ports import owned_listeners
from container_ci.discovery.procfs import Proc
from engine.errors import Conflict, EngineError, NotFound, ServerError
from engine.protocol import Engine, LogLine
from observed_state.container import Container
from observed_state.image import Image
from observed_state.process import Process

_Answer = TypeVar("_Answer")

_LOG_LINES = 200
_MOST_FILES = 6
_MOST_ASKED = 8
# So many containers are looked into at once; a burst of starts must not crowd out what starts them.
_AT_ONCE = 2
_looks: RunVar[CapacityLimiter] = RunVar("looks into containers")


async def gather(
    container: Container, image: Image | None, engine: Engine, proc: Proc, ask: Ask | None = spoken_at
) -> Facts:
    """Return the facts of a container; `ask` None asks nothing of its ports."""
    facts = inspected(container, image)
    if container.running:
        facts = await _with_processes(facts, container, engine, proc)
    if not facts.tasks:
        facts = replace(facts, tasks=_as_declared(facts.command))
    instances = instances_of(facts).instances
    facts = replace(facts, files=await _files(facts, instances, container, engine))
    if container.running and _needs_words(facts, instances):
        facts = replace(facts, log=await _beginning(container, engine))
    if ask is not None and facts.source == "proc" and may_be_asked(facts):
        facts = replace(facts, answers=await _answers(facts, instances, container, ask))
    return facts


def inspected(container: Container, image: Image | None) -> Facts:
    """Return what inspect alone tells."""
    config: Mapping[str, Any] = container.frozen.get("Config", {})
    exposed = {number for port in config.get("ExposedPorts") or () if (number := _number(port)) is not None}
    return Facts(
        image=_reference(container, image),
        labels=container.labels,
        environment=dict(pair.partition("=")[::2] for pair in config.get("Env") or ()),
        command=(*_words(config.get("Entrypoint")), *_words(config.get("Cmd"))),
        workdir=str(config.get("WorkingDir") or "/"),
        exposed=frozenset(exposed),
        published=frozenset(port.container_port for port in container.ports),
        running=container.running,
        started_at=container.started_at,
    )


def own_network(container: Container) -> bool:
    """Whether nobody else's sockets are in a container's network."""
    return not container.network_mode.startswith(("host", "container:"))


def fingerprint(container: Container, proc: Proc) -> tuple[object, ...] | None:
    """Return what nearly always changes when there is something new to discover; None when that can't be seen."""
    if not container.running or not procfs.holds(proc, container.pid, container.id):
        return None

    # Quicker read than handed to a thread.
    return (container.pid, *proc.members(container.pid), *procfs.usage_of(proc, container.pid))


async def _in_a_thread(look: Callable[[], _Answer]) -> _Answer:
    limiter = _looks.get(None)
    if limiter is None:
        limiter = CapacityLimiter(_AT_ONCE)
        _looks.set(limiter)
    return await to_thread.run_sync(look, limiter=limiter, abandon_on_cancel=True)


def _reference(container: Container, image: Image | None) -> str:
    named = not container.image.startswith("sha256:")
    return container.image if named or image is None or not image.references else image.references[0]


def _words(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _number(port: str) -> int | None:
    number = port.partition("/")[0]
    return int(number) if number.isdigit() else None


def _as_declared(command: Sequence[str]) -> tuple[Task, ...]:
    """Return the process that a container is to have, for one whose processes can't be seen."""
    words = tuple(command)
    while len(words) > 1 and re.search(r"entrypoint(?:\.sh)?$|/(?:tini|dumb-init)$", words[0]):
        words = words[1:]
        while len(words) > 1 and words[0].startswith("-"):
            words = words[1:]
    return (Task(1, 0, posixpath.basename(words[0])[:15], words),) if words else ()


async def _with_processes(facts: Facts, container: Container, engine: Engine, proc: Proc) -> Facts:
    local = procfs.holds(proc, container.pid, container.id)
    processes: Sequence[Process] = ()
    if not local or not proc.members(container.pid):
        # Its host may have no ps, or it has just ended.
        with suppress(Conflict, NotFound, ServerError):
            processes = await engine.top(container.id)
    if local:
        pids = proc.members(container.pid) or [one.pid for one in processes] or [container.pid]
        seen = await _in_a_thread(lambda: procfs.see(proc, pids, own_network=own_network(container)))
        if seen.tasks:
            return replace(facts, tasks=seen.tasks, listeners=seen.listeners, sockets=seen.sockets, source="proc")
    tasks = tuple(Task(one.pid, one.ppid, one.comm, tuple(one.args.split())) for one in processes)
    return replace(facts, tasks=tasks, source="top") if tasks else facts


async def _files(facts: Facts, instances: Iterable[Instance], container: Container, engine: Engine) -> dict[str, str]:
    wanted = [name for instance in instances for name in wanted_files(instance, facts)]
    found: dict[str, str] = {}
    for name in list(dict.fromkeys(wanted))[:_MOST_FILES]:
        with suppress(EngineError):
            archive = await engine.get_archive(container.id, name)
            if (data := archive.files.get(posixpath.basename(name))) is not None:
                found[name] = data.decode("utf-8", "replace")
    return found


def _needs_words(facts: Facts, instances: Sequence[Instance]) -> bool:
    """Whether the log may tell what processes and sockets don't."""
    if facts.sockets != "owned":
        return bool(instances)
    return any(one.signature is None and owned_listeners(one, facts, alone=False) for one in instances)


async def _beginning(container: Container, engine: Engine) -> tuple[str, ...]:
    """Return the first lines that this run printed."""
    lines: list[str] = []
    with suppress(EngineError):
        lines_of = cast("AsyncGenerator[LogLine]", engine.logs(container.id, since=container.started_at))
        async with aclosing(lines_of) as log:
            async for line in log:
                lines.append(line.text)
                if len(lines) >= _LOG_LINES:
                    break
    return tuple(lines)


async def _answers(facts: Facts, instances: Iterable[Instance], container: Container, ask: Ask) -> dict[int, str]:
    """Ask the ports of which nothing else tells enough, each at the container's own address."""
    address = next((at.ipv4 for at in container.networks.values() if at.ipv4), "")
    if container.network_mode == "host":
        address = "127.0.0.1"
    if not address:
        return {}
    answers: dict[int, str] = {}
    for instance in instances:
        unclear = instance.signature is None or instance.signature.slug in _MAY_CARRY_FASTAPI
        if not unclear or framework_of(instance, facts, None) is not None:
            continue
        for one in owned_listeners(instance, facts, alone=False):
            reachable = one.protocol == "tcp" and (not one.loopback or container.network_mode == "host")
            if reachable and one.port not in answers and len(answers) < _MOST_ASKED:
                answers[one.port] = await ask(address, one.port)
    return {port: spoken for port, spoken in answers.items() if spoken}


_MAY_CARRY_FASTAPI = ("uvicorn", "gunicorn", "hypercorn", "granian")
