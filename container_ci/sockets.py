"""One private Unix socket for each companion. Idle ones cost a file descriptor and no task.

The folder is readable by its owner alone, and so is each socket; whoever connects is checked by the kernel's word
nevertheless. A flood at one socket is turned away there: connections and questions are limited for each.
"""

import asyncio
import os
import socket
import stat
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import anyio
import structlog
from anyio import to_thread
from anyio.abc import TaskGroup

from container_ci import wire
from container_ci.clock import Clock
from container_ci.companion import ContainerCI, Unanswered
from container_ci.peer import peer_of

MOST_CONNECTIONS = 32
MOST_CONNECTIONS_TOGETHER = 256
QUESTIONS_PER_S = 20.0
READ_DEADLINE_S = 5.0
ANSWER_DEADLINE_S = 25.0
# A path may have 107 bytes.
_ID_CHARS = 12
_CHUNK = 16 * 1024

Answering = Callable[[bytes], Awaitable[bytes]]

_log = structlog.get_logger()


@dataclass(slots=True)
class _Door:
    """One companion's listening socket, and who is in."""

    companion: ContainerCI
    listener: socket.socket
    path: Path
    connections: set[anyio.CancelScope] = field(default_factory=set)
    allowance: float = QUESTIONS_PER_S
    counted_at: float = 0.0


class Sockets:
    """All sockets, in one folder of their own. Use it as a context; leaving it removes every socket.

    Only one process may use the folder at a time: what is in it at the beginning is stale and removed.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._doors: dict[str, _Door] = {}
        self._connections = 0
        self._tasks: TaskGroup | None = None

    async def __aenter__(self) -> Self:
        await to_thread.run_sync(self._prepare)
        self._tasks = await anyio.create_task_group().__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        for door in list(self._doors.values()):
            self.close(door.companion)
        if (tasks := self._tasks) is not None:
            self._tasks = None
            tasks.cancel_scope.cancel()
            await tasks.__aexit__(None, None, None)

    def open(self, companion: ContainerCI) -> str:
        """Let a companion be asked; return the socket's path, "" when there can't be one (the log says why)."""
        container_id = companion.desk.subject.container.id
        path = self._folder / f"{container_id[:_ID_CHARS]}.sock"
        try:
            listener = _listening(path)
        except OSError as error:
            _log.warning("companion has no socket", name=companion.name, path=str(path), reason=str(error))
            return ""
        door = self._doors[container_id] = _Door(companion, listener, path)
        asyncio.get_running_loop().add_reader(listener, self._let_in, door)
        return str(path)

    def close(self, companion: ContainerCI) -> None:
        """Let a companion be asked no more; whoever asks it just now is cut off."""
        door = self._doors.pop(companion.desk.subject.container.id, None)
        if door is None:
            return
        asyncio.get_running_loop().remove_reader(door.listener)
        door.listener.close()
        door.path.unlink(missing_ok=True)
        for connection in door.connections:
            connection.cancel()
        companion.socket = ""

    def _prepare(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder.chmod(0o700)
        for stale in self._folder.iterdir():
            mode = stale.lstat().st_mode
            if stat.S_ISSOCK(mode) or stat.S_ISLNK(mode):
                stale.unlink()

    def _let_in(self, door: _Door) -> None:
        try:
            connection, _ = door.listener.accept()
        except (BlockingIOError, OSError):
            return  # it is gone again, or there is no descriptor left for it
        connection.setblocking(False)
        with suppress(OSError):
            if (peer := peer_of(connection)).uid not in (0, os.getuid()):
                _log.warning("companion was asked by another user", name=door.companion.name, peer=str(peer))
                connection.close()
                return
        if self._tasks is None or self._full(door):
            with suppress(OSError):
                connection.send(wire.refusal_line("too many connections", "close some, or ask again in a moment"))
            connection.close()
            return
        self._connections += 1
        scope = anyio.CancelScope()
        door.connections.add(scope)
        self._tasks.start_soon(self._serve, door, connection, scope)

    def _full(self, door: _Door) -> bool:
        return len(door.connections) >= MOST_CONNECTIONS or self._connections >= MOST_CONNECTIONS_TOGETHER

    async def _serve(self, door: _Door, connection: socket.socket, scope: anyio.CancelScope) -> None:
        """Answer one connection until it ends. Nothing that goes wrong with it goes beyond it."""
        try:
            with scope, suppress(OSError):
                await _Conversation(connection).hold(lambda request: self._answer(door, request))
        except Exception:  # noqa: BLE001  # a defect in one answer must not end the others
            _log.exception("companion failed to answer", name=door.companion.name)
        finally:
            connection.close()
            door.connections.discard(scope)
            self._connections -= 1

    async def _answer(self, door: _Door, request: bytes) -> bytes:
        if not self._may_ask(door):
            return wire.refusal_line("too many questions", "ask again in a second")
        try:
            question = wire.question_in(request)
            with anyio.fail_after(ANSWER_DEADLINE_S):
                return wire.answer_line(door.companion, await door.companion.handle_query(question))
        except wire.Malformed as error:
            return wire.refusal_line(str(error))
        except Unanswered as error:
            return wire.refusal_of(error)
        except TimeoutError:
            return wire.refusal_line("it could not be found out in time", "ask again in a moment")

    def _may_ask(self, door: _Door) -> bool:
        """Take one question from what is allowed; what was allowed grows back with time."""
        now = self._clock.monotonic()
        grown = door.allowance + (now - door.counted_at) * QUESTIONS_PER_S
        door.allowance, door.counted_at = min(grown, QUESTIONS_PER_S), now
        if door.allowance < 1:
            return False
        door.allowance -= 1
        return True


class _Conversation:
    """Requests and answers on one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._rest = b""

    async def hold(self, answer: Answering) -> None:
        """Answer each request that comes, until the other side ends it, is silent for too long, or says too much."""
        while (request := await self._next()) is not None:
            if request.strip():
                await self._say(await answer(request))

    async def _next(self) -> bytes | None:
        """Return the next request, None at the end."""
        with anyio.move_on_after(READ_DEADLINE_S):
            while b"\n" not in self._rest:
                if len(self._rest) > wire.LARGEST_REQUEST:
                    await self._say(wire.refusal_line("the question is too long", "64 KiB are enough for any"))
                    return None
                more = await self._loop.sock_recv(self._connection, _CHUNK)
                self._rest += more
                if not more or wire.is_whole(self._rest):
                    request, self._rest = self._rest, b""
                    return request or None
            request, _, self._rest = self._rest.partition(b"\n")
            return request
        return None

    async def _say(self, line: bytes) -> None:
        """Send a line to whoever takes it; one who does not is left.

        Raises:
            OSError: the other side is gone, or does not read.
        """
        with anyio.fail_after(READ_DEADLINE_S):
            await self._loop.sock_sendall(self._connection, line)


def _listening(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.setblocking(False)
    try:
        path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        listener.listen(MOST_CONNECTIONS)
    except OSError:
        listener.close()
        raise
    return listener
