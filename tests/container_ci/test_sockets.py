"""Companions are asked on private sockets, by their own user, within limits."""

import json
import socket
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from anyio import to_thread

from container_ci import sockets as module
from container_ci.companion import ContainerCI
from container_ci.equipment import EQUIPMENT
from container_ci.peer import Peer
from container_ci.sockets import MOST_CONNECTIONS, QUESTIONS_PER_S, Sockets
from container_ci.wire import LARGEST_REQUEST
from controller.clock import VirtualClock
from tests.container_ci.desks import NOON, WEB, desk_of

pytestmark = pytest.mark.anyio


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not pytest's own folder: a socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="ci") as name:
        yield Path(name) / "run" / "ci"


def companion(number: int = 1) -> ContainerCI:
    container = replace(WEB, id=f"{number:012x}" + "0" * 52, name=f"shop-web-{number}")
    return ContainerCI(desk_of(container), EQUIPMENT)


def connected(path: str) -> socket.socket:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(10)
    client.connect(path)
    return client


def said(client: socket.socket) -> list[dict[str, Any]]:
    """Return every answer until the other side closes."""
    received = b""
    while more := client.recv(65536):
        received += more
    return [json.loads(line) for line in received.splitlines()]


def exchange(path: str, *requests: bytes) -> list[dict[str, Any]]:
    with connected(path) as client:
        for request in requests:
            client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        return said(client)


def modes(folder: Path) -> dict[str, int]:
    """Return the modes of a folder and of what is in it."""
    return {one.name: stat.S_IMODE(one.lstat().st_mode) for one in (folder, *folder.iterdir())}


def leave_behind(folder: Path) -> None:
    """Leave what an earlier life left: a socket nobody listens on, and a file that is none."""
    folder.mkdir(parents=True, mode=0o755)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(folder / "0123456789ab.sock"))
    (folder / "note").write_text("not a socket")


async def asked(path: str, *requests: bytes) -> list[dict[str, Any]]:
    return await to_thread.run_sync(exchange, path, *requests)


async def test_one_line_in_is_one_line_out(folder: Path) -> None:
    async with Sockets(folder, VirtualClock(NOON)) as sockets:
        path = sockets.open(companion())
        answers = await asked(path, b'{"query": "status"}\n{"query": "is it hea', b'lthy?"}\n')

    assert [answer["topic"] for answer in answers] == ["status", "health"]
    assert answers[0]["name"] == "shop-web-1-container-ci"
    assert answers[0]["data"]["state"] == "running"


async def test_the_unframed_object_of_the_aish_shell_is_answered(folder: Path) -> None:
    sent = {"from": "dana", "content": "how are you?", "type": "message", "execute": False, "delimiter": None}
    async with Sockets(folder, VirtualClock(NOON)) as sockets:
        path = sockets.open(companion())
        with connected(path) as client:
            await to_thread.run_sync(client.sendall, json.dumps(sent).encode())
            # No newline and no end: the object is whole, that is enough.
            answer = json.loads(await to_thread.run_sync(client.recv, 65536))
        with connected(path) as impatient:
            impatient.sendall(json.dumps(sent).encode())

        assert answer["topic"] == "status"
        assert (await asked(path, b'{"query": "help"}'))[0]["topic"] == "help"


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (b"status\n", 'this is not JSON; ask like {"query": "status"}'),
        (b"[]\n", 'there is no question in it; ask like {"query": "status"}'),
        (b'{"query": 1}\n', 'there is no question in it; ask like {"query": "status"}'),
        (b'{"query": "sing"}\n', "shop-web-1-container-ci can't answer that"),
        (b"x" * (LARGEST_REQUEST + 1), "the question is too long"),
        (b"[" * LARGEST_REQUEST + b"\n", 'this is not JSON; ask like {"query": "status"}'),
    ],
)
async def test_a_bad_question_is_refused_with_a_reason(folder: Path, request_: bytes, error: str) -> None:
    async with Sockets(folder, VirtualClock(NOON)) as sockets:
        answers = await asked(sockets.open(companion()), request_)

    assert [answer["error"] for answer in answers] == [error]


async def test_folder_and_sockets_are_private_and_stale_ones_are_removed(folder: Path) -> None:
    leave_behind(folder)

    async with Sockets(folder, VirtualClock(NOON)) as sockets:
        path = Path(sockets.open(companion()))
        found = modes(folder)

    assert set(found) == {"ci", "note", path.name}
    assert (found["ci"], found[path.name]) == (0o700, 0o600)
    assert modes(folder).keys() == {"ci", "note"}


async def test_another_user_is_turned_away(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "peer_of", lambda _: Peer(1, 4711))
    async with Sockets(folder, VirtualClock(NOON)) as sockets:
        assert await asked(sockets.open(companion())) == []


async def test_a_flood_of_questions_at_one_is_not_felt_by_another(folder: Path) -> None:
    clock = VirtualClock(NOON)
    async with Sockets(folder, clock) as sockets:
        one, other = sockets.open(companion(1)), sockets.open(companion(2))
        flood = await asked(one, b'{"query": "status"}\n' * 50)
        assert sum("topic" in answer for answer in flood) == QUESTIONS_PER_S
        assert flood[-1]["error"] == "too many questions"
        assert "topic" in (await asked(other, b'{"query": "status"}'))[0]

        await clock.advance(1)
        assert "topic" in (await asked(one, b'{"query": "status"}'))[0]


async def test_a_flood_of_connections_is_turned_away_and_silent_ones_are_ended(folder: Path) -> None:
    async with Sockets(folder, VirtualClock(NOON)) as sockets:
        one, other = companion(1), companion(2)
        paths = sockets.open(one), sockets.open(other)
        silent = [await to_thread.run_sync(connected, paths[0]) for _ in range(MOST_CONNECTIONS)]
        assert (await asked(paths[0]))[0]["error"] == "too many connections"
        assert "topic" in (await asked(paths[1], b'{"query": "status"}'))[0]

        sockets.close(one)
        for client in silent:
            assert await to_thread.run_sync(client.recv, 1) == b""
            client.close()
        assert Path(paths[0]).name not in modes(folder)


async def test_a_path_that_is_too_long_leaves_the_companion_without_a_socket(folder: Path) -> None:
    async with Sockets(folder / ("x" * 100), VirtualClock(NOON)) as sockets:
        assert sockets.open(companion()) == ""
