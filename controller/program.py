"""The controller as a process: start in order, run until told to stop, stop in order."""

import logging
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import anyio
import structlog
from anyio.abc import TaskGroup

from container_ci.aish.root import root_from_environment
from container_ci.sockets import Sockets
from controller import handover
from controller.api import listen, make_app, make_server
from controller.client import socket_path
from controller.clock import SystemClock
from controller.footprint import give_back_memory
from controller.keeping import keep_store_small
from controller.runtime import Runtime, build
from controller.service import Service
from controller.service_manager import ServiceManager
from engine.docker import DockerEngine
from engine.limits import WRITES
from engine.redaction import redacted
from store.database import Store
from store.errors import StoreCorrupt, StoreError, StoreLocked

log = structlog.get_logger()

# Never fewer workers than the engine takes writes at once, or the limit could not be reached.
WORKERS = WRITES + 4
_DRAIN_S = 30.0
_DESCRIPTORS = 65536
EXIT_LOCKED = 75
EXIT_CORRUPT = 78


def run(state_dir: Path, *, stop_on_exit: bool = False) -> int:
    """Run a controller in this process until SIGTERM, SIGINT or `ergon shutdown`; return the exit code.

    0: ended as asked. 75: another controller has the store. 78: the store is damaged. 1: anything else.
    """
    _log_to_stderr()
    try:
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        store = Store.open(state_dir)
    except StoreLocked as error:
        return _refuse(str(error), EXIT_LOCKED)
    except StoreCorrupt as error:
        return _refuse(str(error), EXIT_CORRUPT)
    except (StoreError, OSError) as error:
        return _refuse(str(error), 1)
    _allow_descriptors()
    anyio.run(Program(store, state_dir, stop_on_exit=stop_on_exit).run)
    return 0


def _allow_descriptors() -> None:
    """Have room for thousands of open files: each companion's socket is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _refuse(message: str, code: int) -> int:
    # One line says what is wrong; steps to take, if there are any, stand indented below it.
    print("error: " + message.replace("\n", "\n  "), file=sys.stderr)
    return code


class Program:
    """One life of a controller."""

    def __init__(self, store: Store, state_dir: Path, *, stop_on_exit: bool) -> None:
        self._store = store
        self._state_dir = state_dir
        self._stop_containers = stop_on_exit
        self._stop = anyio.Event()
        self._manager = ServiceManager()

    async def run(self) -> None:
        """Serve, watch and reconcile until told to stop."""
        engine = DockerEngine()
        runtime = build(self._store, engine, SystemClock(), Random())  # noqa: S311 - jitter
        try:
            await runtime.load()
            await self._serve(runtime)
        finally:
            await engine.aclose()
            await self._store.aclose()

    async def _serve(self, runtime: Runtime) -> None:
        path = socket_path(self._state_dir)
        server = make_server(make_app(runtime, Service(runtime, live=True), self.shut_down))
        sockets = [listen(path)]
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._take_signals)
                tasks.start_soon(server.serve, sockets)
                async with runtime.probing, self._companions(runtime), anyio.create_task_group() as loop:
                    start_loop(runtime, loop)
                    loop.start_soon(self._manager.keep_alive, runtime.clock)
                    loop.start_soon(give_back_memory, runtime.clock)
                    self._manager.ready()
                    log.info("controller started", pid=os.getpid(), resources=len(runtime.records.resources))
                    await self._stop.wait()
                    self._manager.stopping(_DRAIN_S + max(_DRAIN_S, handover.stopping_s(runtime)))
                    await wind_down(runtime, stop_containers=self._stop_containers)
                    log.info("controller stopped", pid=os.getpid())
                    loop.cancel_scope.cancel()
                server.end()
                tasks.cancel_scope.cancel()
        finally:
            path.unlink(missing_ok=True)

    @asynccontextmanager
    async def _companions(self, runtime: Runtime) -> AsyncIterator[None]:
        """Let companions live, and be asked directly, for as long as the block lasts."""
        async with AsyncExitStack() as stack:
            folder = socket_path(self._state_dir).parent / "ci"
            sockets = await stack.enter_async_context(Sockets(folder, runtime.clock))
            registry = None
            if (root := root_from_environment()) is not None:
                from container_ci.aish.adapter import Aish  # noqa: PLC0415 - most hosts have no aish

                registry = await stack.enter_async_context(Aish(root, runtime.clock))
            runtime.companions.reachable_by(sockets, registry)
            await stack.enter_async_context(runtime.companions)
            yield

    def shut_down(self, stop_containers: bool) -> None:
        """End soon; `stop_containers` stops what is managed, too."""
        self._stop_containers = self._stop_containers or stop_containers
        self._stop.set()

    async def _take_signals(self) -> None:
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            async for _ in signals:
                if self._stop.is_set():
                    # Whoever asks twice does not want to wait; nothing depends on a graceful end.
                    os._exit(1)
                self._stop.set()


def start_loop(runtime: Runtime, loop: TaskGroup) -> None:
    """Start what runs for ever. Workers wait for the first full list: nothing is done to Docker before it."""
    forever: list[Callable[[], Coroutine[Any, Any, None]]] = [
        runtime.informer.run,
        runtime.queue.run,
        runtime.board.run,
        runtime.fetching.run,
        runtime.registries.run,
        runtime.presence.run,
        runtime.chronicle.run,
        runtime.contents.run,
        runtime.measuring.run,
        runtime.scaling.run,
        runtime.postmortems.run,
        runtime.reaching.run,
        lambda: keep_store_small(runtime),
    ]
    for task in forever:
        loop.start_soon(task)
    loop.start_soon(_work, runtime, loop)


async def _work(runtime: Runtime, loop: TaskGroup) -> None:
    await runtime.link.wait_until_up()
    await handover.take_back(runtime)
    for _ in range(WORKERS):
        loop.start_soon(runtime.reconciler.work)


async def wind_down(runtime: Runtime, *, stop_containers: bool) -> None:
    """Finish what is in hand, then leave the containers to Docker, or stop them."""
    if not await runtime.queue.drain(_DRAIN_S):
        log.warning("some work was cut off", keys=[str(key) for key in runtime.queue.processing])
    with anyio.move_on_after(handover.stopping_s(runtime) if stop_containers else _DRAIN_S):
        if stop_containers:
            await handover.stop_all(runtime)
        else:
            await handover.hand_over(runtime)
    await runtime.board.flush()
    await runtime.chronicle.flush(everything=True)
    await runtime.measuring.flush()
    await runtime.presence.end()


def _without_secrets(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in fields.items():
        if isinstance(value, str):
            fields[name] = redacted(value)
    return fields


def _log_to_stderr() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_secrets,
            structlog.dev.ConsoleRenderer(colors=False) if sys.stderr.isatty() else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
