"""What the service manager is told."""

import socket
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from controller.clock import VirtualClock
from controller.service_manager import ServiceManager


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket of a service manager."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


def heard(manager: socket.socket) -> list[str]:
    messages = []
    while True:
        try:
            messages.append(manager.recv(1000).decode())
        except BlockingIOError:
            return messages


def told(manager: socket.socket, **more: str) -> ServiceManager:
    return ServiceManager({"NOTIFY_SOCKET": str(manager.getsockname()), **more})


def test_it_is_told_of_the_beginning_and_the_end(manager: socket.socket) -> None:
    one = told(manager)
    one.ready()
    one.stopping(60)

    assert heard(manager) == ["READY=1", "STOPPING=1\nEXTEND_TIMEOUT_USEC=60000000"]


async def test_it_hears_twice_within_its_patience_that_the_controller_lives(manager: socket.socket) -> None:
    clock = VirtualClock()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(told(manager, WATCHDOG_USEC="60000000").keep_alive, clock)
        await clock.advance(100)
        tasks.cancel_scope.cancel()

    assert heard(manager) == ["WATCHDOG=1"] * 4


async def test_nobody_is_told_where_nobody_wants_to_know() -> None:
    alone = ServiceManager({})
    alone.ready()

    await alone.keep_alive(VirtualClock())


def test_one_that_went_away_does_no_harm(tmp_path: Path) -> None:
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()
