"""Keep our companions in aish's registry for as long as they live, and answer what it sends them."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import anyio
import structlog
from anyio import to_thread
from anyio.abc import TaskGroup

from container_ci.aish.entries import Entry, entry, listed_name
from container_ci.aish.listener import Listener
from container_ci.aish.registry_file import RegistryFile
from container_ci.clock import Clock
from container_ci.companion import ContainerCI, Unanswered

ASSERT_EVERY_S = 5.0

_log = structlog.get_logger()


@dataclass(slots=True)
class _Listed:
    """A companion that is listed, and the process that stands for it: aish ends that when it removes the entry."""

    companion: ContainerCI
    stand_in: subprocess.Popen[bytes]
    link: Path

    @property
    def removed(self) -> bool:
        """Whether somebody had aish remove it."""
        return self.stand_in.poll() is not None


class Aish:
    """The adapter to one root folder of Tekton. Use it as a context; leaving it takes every entry of ours back."""

    def __init__(self, root: Path, clock: Clock) -> None:
        self._file = RegistryFile(root)
        self._clock = clock
        self._listener = Listener(self._say)
        self._listed: dict[str, _Listed] = {}
        self._once_ours: set[str] = set()
        self._changed = anyio.Event()
        self._tasks: TaskGroup | None = None

    async def __aenter__(self) -> Self:
        self._tasks = await anyio.create_task_group().__aenter__()
        await self._listener.start(self._tasks)
        self._tasks.start_soon(self._keep_listed)
        return self

    async def __aexit__(self, *_: object) -> None:
        for one in list(self._listed.values()):
            self.unregister(one.companion)
        if (tasks := self._tasks) is not None:
            self._tasks = None
            tasks.cancel_scope.cancel()
            await tasks.__aexit__(None, None, None)
        with anyio.CancelScope(shield=True):
            await self._assert_entries()

    def register(self, companion: ContainerCI) -> None:
        """List a companion; one without a socket can't be, because aish looks whether there is one."""
        if not companion.socket:
            return
        name = listed_name(companion.name)
        # aish removes the socket of what it removes: it gets a name of its own for it.
        link = Path(companion.socket).with_suffix(".aish")
        try:
            link.unlink(missing_ok=True)
            link.symlink_to(companion.socket)
            # It ends by itself when this process ends, however that happens: its input ends then.
            stand_in = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)  # noqa: S607
        except OSError as error:
            _log.warning("companion not listed in aish", name=name, reason=str(error))
            return
        self._listed[name] = _Listed(companion, stand_in, link)
        self._once_ours.add(name)
        self._changed.set()

    def unregister(self, companion: ContainerCI) -> None:
        """List a companion no more."""
        name = next((name for name, one in self._listed.items() if one.companion is companion), None)
        if name is None:
            return
        one = self._listed.pop(name)
        one.link.unlink(missing_ok=True)
        if one.stand_in.stdin is not None:
            one.stand_in.stdin.close()
        one.stand_in.kill()
        one.stand_in.wait()
        self._changed.set()

    async def _keep_listed(self) -> None:
        """Assert our entries when they change, when another process wrote the file, and when one was removed."""
        shown: tuple[object, Mapping[str, Entry]] | None = None
        while True:
            self._changed = anyio.Event()
            now = (await to_thread.run_sync(self._file.stamp), self._entries())
            if now != shown and await self._assert_entries():
                shown = (await to_thread.run_sync(self._file.stamp), now[1])
            await self._until_changed()

    async def _assert_entries(self) -> bool:
        wanted, once_ours = self._entries(), frozenset(self._once_ours)
        try:
            await to_thread.run_sync(self._file.assert_entries, wanted, once_ours)
        except (OSError, ValueError) as error:
            _log.warning("aish's registry not written", path=str(self._file.path), reason=str(error))
            return False
        self._once_ours = (self._once_ours - once_ours) | wanted.keys()
        return True

    def _entries(self) -> dict[str, Entry]:
        """Return the entries as they should be; what somebody had aish remove stays removed."""
        return {
            name: entry(
                name=name,
                endpoint=self._listener.endpoint,
                path=self._listener.path_of(name),
                socket=str(one.link),
                pid=one.stand_in.pid,
                container_id=one.companion.desk.subject.container.id,
                capabilities=one.companion.capabilities,
            )
            for name, one in self._listed.items()
            if not one.removed
        }

    async def _until_changed(self) -> None:
        async with anyio.create_task_group() as tasks:

            async def due() -> None:
                await self._clock.sleep(ASSERT_EVERY_S)
                tasks.cancel_scope.cancel()

            tasks.start_soon(due)
            await self._changed.wait()
            tasks.cancel_scope.cancel()

    async def _say(self, name: str, message: str) -> str | None:
        listed = self._listed.get(listed_name(name))
        if listed is None:
            return None
        try:
            return (await listed.companion.handle_query(message)).text
        except Unanswered as error:
            return f"{error.message}; {error.hint}" if error.hint else error.message
