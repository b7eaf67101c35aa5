"""Docker's events, read on a thread of their own and handed over to the event loop.

The daemon skips a subscriber that does not take an event within 100 ms, and doesn't say so: the
thread does nothing but read, and never waits for the loop.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import partial

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from engine import observing
from engine.calls.daemon import timestamp
from engine.connection import Connection
from engine.errors import EngineError, EngineUnreachable
from engine.streams import JsonLines, Stream
from engine.translation import translated
from observed_state.engine import EngineEvent

_DOING = "follow the events of Docker"
# A host that stops 200 containers at once sends about 1500 events; a loop that is further behind relists.
_BUFFERED_EVENTS = 4096

# By name, so that the three events of every exec health check never leave the daemon. Docker
# takes these as beginnings of names.
_ACTIONS = (
    *("create", "start", "restart", "stop", "die", "kill", "oom", "pause", "unpause", "rename", "update", "destroy"),
    *("health_status", "connect", "disconnect", "remove", "tag", "untag", "delete", "pull", "import", "load", "reload"),
)
_FILTERS = json.dumps({"type": ["container", "network", "volume", "image", "daemon"], "event": list(_ACTIONS)})


async def events(connection: Connection, since_ns: int | None) -> AsyncIterator[EngineEvent]:
    """Yield `subscribed`, then events as they come; a subscription repeats those of its first second.

    Raises:
        EngineUnreachable: the stream broke, or the caller fell too far behind to be told everything.
    """
    send, receive = anyio.create_memory_object_stream[EngineEvent](_BUFFERED_EVENTS)
    reader = _Reader(connection, since_ns, send)
    reader.start()
    try:
        async for event in receive:
            yield event
        raise reader.failure
    finally:
        reader.stop()
        receive.close()


class _Reader:
    """The thread's side: a stream that is read, and the loop's end of a bounded buffer."""

    def __init__(
        self, connection: Connection, since_ns: int | None, buffer: MemoryObjectSendStream[EngineEvent]
    ) -> None:
        self.failure: EngineError = EngineUnreachable(f"cannot {_DOING}: the daemon ended the stream")
        self._connection = connection
        self._since_ns = since_ns
        self._buffer = buffer
        self._loop = asyncio.get_running_loop()
        self._stream: Stream | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin; the thread ends with the stream, and does not keep the program alive."""
        threading.Thread(target=self._run, name="docker-events", daemon=True).start()

    def stop(self) -> None:
        """End the thread, wherever it is waiting. Called on the loop, and never waits."""
        self._stopped.set()
        self._buffer.close()
        if self._stream is not None:
            self._stream.interrupt()

    def _run(self) -> None:
        try:
            with translated(_DOING, self._connection.host.url):
                self._read()
        except EngineError as error:
            self.failure = error
        finally:
            self._on_loop(self._buffer.close)

    def _read(self) -> None:
        since_ns = self._since_ns if self._since_ns is not None else self._present_second_ns()
        params = {"filters": _FILTERS, "since": timestamp(since_ns)}
        stream = Stream.opened(self._connection, "/events", params, endless=True)
        self._stream = stream
        lines = JsonLines()
        try:
            self._deliver(EngineEvent("daemon", "subscribed", actor="", time_ns=since_ns))
            while not self._stopped.is_set() and (data := stream.read_soon()):
                for line in lines.feed(data):
                    if event := observing.event(line):
                        self._deliver(event)
        finally:
            stream.close()

    def _present_second_ns(self) -> int:
        # The daemon begins to answer just before it subscribes; asking for the current second
        # of its own clock closes that gap, and at worst repeats a few hints.
        now = self._connection.use(lambda wire: wire.ping().headers["Date"])
        return int(parsedate_to_datetime(now).timestamp()) * 10**9

    def _deliver(self, event: EngineEvent) -> None:
        self._on_loop(partial(self._put, event))

    def _put(self, event: EngineEvent) -> None:
        try:
            self._buffer.send_nowait(event)
        except anyio.WouldBlock:
            self.failure = EngineUnreachable(f"cannot {_DOING}: fell {_BUFFERED_EVENTS} events behind")
            self.stop()
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            self._stopped.set()

    def _on_loop(self, call: Callable[[], None]) -> None:
        # The loop may be gone before the thread has noticed.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call)
