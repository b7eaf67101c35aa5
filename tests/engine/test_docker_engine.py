"""How the adapter behaves when the daemon is away, silent, strange, or breaks off."""

import json
import socket
import threading
from pathlib import Path

import anyio
import pytest

from engine import connection
from engine.docker import DockerEngine
from engine.errors import EngineUnreachable, NotSupported, PermissionDenied, Refused
from observed_state.engine import EngineEvent
from tests.engine.fake_daemon import PING, fake_daemon, replying, silent_until


def event(action: str) -> bytes:
    return json.dumps({"Type": "container", "Action": action, "Actor": {"ID": "c1"}, "timeNano": 1}).encode() + b"\n"


async def test_an_engine_is_made_while_docker_is_down(tmp_path: Path) -> None:
    engine = DockerEngine(f"unix://{tmp_path}/none.sock")

    with pytest.raises(EngineUnreachable, match="there is no Docker daemon at unix://"):
        await engine.list_containers()


async def test_an_engine_that_was_down_is_used_when_it_comes_up(tmp_path: Path) -> None:
    engine = DockerEngine(f"unix://{tmp_path}/d.sock")
    with pytest.raises(EngineUnreachable):
        await engine.ping()

    with fake_daemon(tmp_path, replying()):
        assert await engine.list_containers() == []
        await engine.aclose()


async def test_a_socket_that_may_not_be_used_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "connect", refuse)

    with pytest.raises(PermissionDenied, match="group that owns it"):
        await DockerEngine(f"unix://{tmp_path}/d.sock").ping()


async def test_a_daemon_too_old_to_talk_to_is_named(tmp_path: Path) -> None:
    with fake_daemon(tmp_path, replying(version="1.20")) as url:
        engine = DockerEngine(url)

        with pytest.raises(NotSupported, match=r"speaks API 1\.20; Ergon needs 1\.24"):
            await engine.list_containers()


async def test_something_that_is_not_docker_is_named(tmp_path: Path) -> None:
    def answer(_: str, line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with fake_daemon(tmp_path, answer) as url, pytest.raises(NotSupported, match="not like Docker"):
        await DockerEngine(url).list_containers()


@pytest.mark.parametrize(("theirs", "spoken"), [("1.41", "/v1.41/"), ("1.99", "/v1.51/")])
async def test_the_newest_version_both_know_is_spoken(tmp_path: Path, theirs: str, spoken: str) -> None:
    asked: list[str] = []
    reply = replying(version=theirs)

    def answer(path: str, line: socket.socket) -> None:
        asked.append(path)
        reply(path, line)

    with fake_daemon(tmp_path, answer) as url:
        engine = DockerEngine(url)
        await engine.list_containers()
        await engine.aclose()

    assert asked[0] == "/_ping"
    assert asked[1].startswith(spoken)


async def test_a_silent_daemon_fails_the_ping_at_its_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PING_S", 0.05)
    thawed = threading.Event()

    with fake_daemon(tmp_path, silent_until(thawed, pings=False)) as url:
        with pytest.raises(EngineUnreachable, match="did not answer in time"):
            await DockerEngine(url).ping()
        thawed.set()


async def test_a_read_of_a_silent_daemon_is_left_behind_when_its_caller_goes(tmp_path: Path) -> None:
    thawed = threading.Event()

    with fake_daemon(tmp_path, silent_until(thawed, pings=True)) as url:
        with anyio.move_on_after(0.05) as patience:
            await DockerEngine(url).list_containers()
        thawed.set()

    assert patience.cancelled_caught


async def test_events_begin_with_the_subscription_and_break_with_the_stream(tmp_path: Path) -> None:
    seen: list[EngineEvent] = []

    async def watch(engine: DockerEngine) -> None:
        async for told in engine.events():
            seen.append(told)  # noqa: PERF401  # what was seen before the break counts

    with fake_daemon(tmp_path, replying(events=event("start") + event("die"))) as url:
        engine = DockerEngine(url)
        with pytest.raises(EngineUnreachable, match="ended the stream"):
            await watch(engine)
        await engine.aclose()

    assert [told.action for told in seen] == ["subscribed", "start", "die"]


async def test_a_watcher_who_leaves_ends_the_stream_though_the_daemon_is_silent(tmp_path: Path) -> None:
    hold = threading.Event()

    with fake_daemon(tmp_path, replying(hold=hold)) as url:
        engine = DockerEngine(url)
        with anyio.move_on_after(0.2) as patience:
            async for _ in engine.events():
                pass
        await engine.aclose()
        hold.set()

    assert patience.cancelled_caught


async def test_a_watcher_too_far_behind_is_told_to_look_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.event_stream._BUFFERED_EVENTS", 2)
    hold = threading.Event()

    with fake_daemon(tmp_path, replying(events=event("start") * 50, hold=hold)) as url:
        engine = DockerEngine(url)
        with pytest.raises(EngineUnreachable, match="2 events behind"):
            async for _ in engine.events():
                pass
        hold.set()
        await engine.aclose()


async def test_only_so_many_logs_are_followed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.limits.FOLLOWS", 1)
    hold = threading.Event()

    def answer(path: str, line: socket.socket) -> None:
        if path == "/_ping":
            line.sendall(PING)
            return
        line.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        text = b"2026-01-02T03:04:05Z hello\n"
        line.sendall(f"{len(text):x}\r\n".encode() + text + b"\r\n")
        hold.wait()

    with fake_daemon(tmp_path, answer) as url:
        engine = DockerEngine(url)
        followed = engine.logs("c1", follow=True)
        first = await anext(followed)
        with pytest.raises(Refused, match="1 are followed already"):
            await anext(engine.logs("c2", follow=True))
        await followed.aclose()  # type: ignore[attr-defined]  # an async generator behind the interface
        hold.set()
        await engine.aclose()

    assert first.text == "hello"


async def test_a_lost_daemon_is_asked_anew_what_it_is(tmp_path: Path) -> None:
    engine = DockerEngine(f"unix://{tmp_path}/d.sock")
    with fake_daemon(tmp_path, replying(version="1.41")):
        await engine.list_containers()
        await engine.aclose()
    (tmp_path / "d.sock").unlink()
    with pytest.raises(EngineUnreachable):
        await engine.list_containers()

    with fake_daemon(tmp_path, replying(version="1.20")), pytest.raises(NotSupported):
        await engine.list_containers()


async def test_whatever_is_asked_goes_over_the_connection_that_is_there(tmp_path: Path) -> None:
    lines: list[socket.socket] = []

    def answer(path: str, line: socket.socket) -> None:
        if line not in lines:
            lines.append(line)
        replying()(path, line)

    with fake_daemon(tmp_path, answer) as url:
        engine = DockerEngine(url)
        await engine.list_containers()
        kept = len(lines)
        await engine.list_images()
        await engine.ping()
        await engine.aclose()

    assert len(lines) == kept
