"""A container as it was recorded, read by the same gatherer as a living one."""

import posixpath
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, cast

from container_ci.discovery.facts import Facts
from container_ci.discovery.gathering import gather
from engine import observing
from engine.errors import NotFound
from engine.protocol import Archive, Engine, LogLine
from observed_state.process import Process
from tests.container_ci.recorded import Case, moment


class RecordedProc:
    """The `proc` of a case as `/proc`; nothing else of this machine is looked at."""

    def __init__(self, seen: dict[str, Any] | None, elf: dict[str, str]) -> None:
        self._files: dict[str, str] = (seen or {}).get("files", {})
        self._links: dict[str, str] = (seen or {}).get("links", {})
        self._elf = elf

    def text(self, name: str, limit: int = 1 << 20) -> str:
        return self._files.get(name, "")[:limit]

    def link(self, name: str) -> str:
        return self._links.get(name, "")

    def descriptors(self, pid: int) -> list[str] | None:
        inside = f"{pid}/fd/"
        return [name.removeprefix(inside) for name in self._links if name.startswith(inside)]

    def members(self, pid: int) -> list[int]:
        del pid
        return sorted({int(name.partition("/")[0]) for name in self._files})

    def compiled_by(self, pid: int) -> str:
        language = self._elf.get(str(pid), "")
        return "" if language == "machine" else language


class RecordedEngine:
    """What the engine answered about a case's container."""

    def __init__(self, case: Case) -> None:
        self._case = case.data

    async def top(self, container_id: str) -> list[Process]:
        del container_id
        return observing.processes(self._case["top"] or {})

    async def get_archive(self, container_id: str, path: str, limit: int = 1 << 20) -> Archive:
        text = self._case["archive"].get(path)
        if text is None:
            raise NotFound(f"cannot read {path} in container {container_id}: there is no such file")
        return Archive({posixpath.basename(path): text.encode()[:limit]})

    async def logs(self, container_id: str, *, since: datetime | None = None, **_: object) -> AsyncIterator[LogLine]:
        for when, stream, text in self._case["log"]:
            if since is None or moment(when) >= since:
                yield LogLine(container_id, moment(when), stream, text)


async def facts_of(case: Case, *, with_proc: bool = True) -> Facts:
    """Return what is gathered of a case; without its /proc, it is a container of another machine."""
    data = case.data
    image = observing.image(data["image"]) if data["image"] else None
    proc = RecordedProc(data["proc"] if with_proc else None, data["elf"])
    container = observing.container(data["inspect"])
    return await gather(container, image, cast("Engine", RecordedEngine(case)), proc, ask=None)
