"""Look at everything that the rules may need of one container. Thin: what it means is judged by others.

Each part that can't be had is left out; nothing is run in the container.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from anyio import to_thread

from container_ci.desk import Desk
from container_ci.diagnosis.counters import Reading, reading
from container_ci.diagnosis.neighbours import neighbours_of
from container_ci.diagnosis.situation import Check, Exit, Situation
from container_ci.kernel_files import content
from container_ci.logs.grouping import Entry, grouped
from container_ci.logs.reading import keeping, read_log
from container_ci.sizing.cgroups import PROC, group_of
from engine.errors import EngineError
from observed_state.container import Container
from observed_state.ended_run import EndedRun
from observed_state.engine import EngineEvent
from observed_state.finding import Finding
from observed_state.image import Image

MOST_LINES = 2000
_MOST_EXITS = 20
_A_MOMENT = timedelta(seconds=1)
_KMSG = Path("/dev/kmsg")
_KERNEL_LINES = 4000
_KERNEL_SAYS = re.compile(r"Out of memory: Killed process|oom-kill:|segfault at")
# Where nothing but text for the program's start is read, and never a secret.
_MOST_FILE_BYTES, _READ_OF_FILE = 4 * 1024 * 1024, 64 * 1024
_CLOSED = ("/run/secrets", "/var/run/secrets", "/proc", "/sys", "/dev")
_COUNTED = (
    ("memory", ("memory.current", "memory.max", "memory.stat", "memory.events")),
    ("memory", ("memory.usage_in_bytes", "memory.limit_in_bytes", "memory.failcnt", "memory.oom_control")),
    ("cpu", ("cpu.stat",)),
    ("pids", ("pids.current", "pids.max", "pids.events")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Insides:
    """What /proc says of a running container: the signals its first process handles, and how many zombies it has."""

    signals: int | None = None
    zombies: int = 0


async def gather(desk: Desk, readings: Sequence[Reading] = (), insides: Insides | None = None) -> Situation:
    """Return all that can be known of the container of a desk now.

    Args:
        desk: its companion's.
        readings: earlier looks at its counters, the newest last.
        insides: what was seen of its processes while it ran.
    """
    subject, tools = desk.subject, desk.tools
    container, now = subject.container, tools.clock.now()
    exits = exits_of(container, await tools.memory.ended_runs(subject, _MOST_EXITS))
    bare = Situation(now, container, spec=subject.spec, exits=exits)
    began = bare.ended.started_at if bare.ended else container.started_at
    entries, missing = await _entries(desk, began, now)
    info = await tools.engine.info()
    return Situation(
        now,
        container,
        image=await _image(desk),
        spec=subject.spec,
        host_architecture=info.architecture,
        exits=exits,
        events=await _events(desk, began),
        entries=entries,
        entries_missing=missing,
        checks=checks_of(container),
        readings=readings,
        discovery=desk.discovery,
        neighbours=list(neighbours_of(desk)),
        signals=insides.signals if insides else None,
        zombies=insides.zombies if insides else 0,
        kernel=await to_thread.run_sync(_kernel_lines) if bare.ended and bare.ended.exit_code in (137, 139) else (),
    )


def exits_of(container: Container, runs: Sequence[EndedRun]) -> list[Exit]:
    """Return the recorded ends of this container's runs, oldest first, from records that are newest first."""
    own = [run for run in runs if run.container_id == container.id]
    return [
        Exit(run.exit_code, run.started_at, run.finished_at, run.oom_killed, run.error, deliberate=not run.counted)
        for run in reversed(own)
    ]


def checks_of(container: Container) -> list[Check]:
    """Return what Docker's health check said last; Docker's list shows more, but an inspect is kept with one."""
    return [Check(container.health_output)] if container.health_output else []


async def _entries(desk: Desk, since: datetime | None, now: datetime) -> tuple[Sequence[Entry], str]:
    """Return what the run said, and why that is not all there was."""
    container = desk.subject.container
    if since is None:
        return (), "it never ran, so it said nothing"
    driver = keeping(container).driver
    if driver == "none":
        return (), "its log driver is none: nothing it says is kept"
    found = await read_log(desk.tools.engine, container, now=now, since=since - _A_MOMENT, lines=MOST_LINES)
    if found.error:
        return (), f"its log can't be read: {found.error}"
    entries = await to_thread.run_sync(grouped, found.lines) if len(found.lines) > 50 else grouped(found.lines)
    return entries, ""


async def _events(desk: Desk, since: datetime | None) -> Sequence[EngineEvent]:
    if since is None:
        return ()
    try:
        past = await desk.tools.engine.past_events(int((since - _A_MOMENT).timestamp() * 1e9))
    except EngineError:
        return ()
    own = desk.subject.container.id
    return [one for one in past.events if one.type == "container" and one.actor == own]


async def _image(desk: Desk) -> Image | None:
    try:
        return await desk.tools.engine.inspect_image(desk.subject.container.image_id)
    except EngineError:
        return None


async def files_told(desk: Desk, findings: Sequence[Finding]) -> Mapping[str, str]:
    """Return the texts of the files that findings are about, by path, as far as they can be had."""
    paths = {str(finding.facts["file"]) for finding in findings if finding.facts.get("file")}
    found: dict[str, str] = {}
    for path in sorted(paths):
        if path.startswith("/") and ".." not in path and not path.startswith(_CLOSED):
            found |= await _file(desk, path)
    return found


async def _file(desk: Desk, path: str) -> dict[str, str]:
    try:
        archive = await desk.tools.engine.get_archive(desk.subject.container.id, path, _MOST_FILE_BYTES)
    except EngineError:
        return {}
    content = next(iter(archive.files.values()), b"")
    return {path: content[:_READ_OF_FILE].decode(errors="replace")} if content and archive.complete else {}


async def read_counters(container: Container, now: datetime, proc: Path = PROC) -> Reading | None:
    """Return what the container's control group counts; None when it is not on this host, or does not run."""
    return await to_thread.run_sync(_counters, container, now, proc) if container.running else None


def _counters(container: Container, now: datetime, proc: Path) -> Reading | None:
    group = group_of(container.id, container.pid, proc)
    if group is None:
        return None
    files: dict[str, str] = {}
    for controller, names in _COUNTED:
        folder = group.folder(controller)
        for name in names if folder is not None else ():
            text = _text(Path(str(folder), name))
            if text:
                files[name] = text
    return reading(files, now)


def read_insides(container: Container, proc: Path = PROC) -> Insides | None:
    """Return what /proc says of the container's processes; None when they are not on this host.

    These files never wait for anything, and are read sooner than they would be handed to a thread.
    """
    if not container.running or container.id not in _text(proc / str(container.pid) / "cgroup"):
        return None
    caught = re.search(r"^SigCgt:\s*([0-9a-f]+)", _text(proc / str(container.pid) / "status"), re.MULTILINE)
    children = _text(proc / str(container.pid) / "task" / str(container.pid) / "children").split()
    ended = sum("\nState:\tZ" in _text(proc / child / "status") for child in children[:500])
    return Insides(int(caught[1], 16) if caught else None, ended)


def _text(path: Path) -> str:
    try:
        return content(str(path)).decode("utf-8", "replace")
    except OSError:
        return ""


def _kernel_lines() -> Sequence[str]:
    """Return what the kernel said of killed processes; empty where its messages may not be read."""
    try:
        handle = os.open(_KMSG, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return ()
    found: list[str] = []
    try:
        for _ in range(_KERNEL_LINES):
            text = os.read(handle, 8192).decode(errors="replace").partition(";")[2].split("\n", 1)[0]
            if _KERNEL_SAYS.search(text):
                found.append(text)
    except OSError:
        pass
    finally:
        os.close(handle)
    return found[-20:]
