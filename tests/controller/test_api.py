"""The API over its real Unix socket: answers, refusals, streams, and who may ask."""

import json
import os
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from controller.api import MAX_BODY, listen, make_app, make_server
from tests.controller.running import Host, Running, container, unwritable


class Served:
    """A running controller behind its socket. `asked_to_end` holds what `shutdown` was called with."""

    def __init__(
        self, running: Running, socket_file: Path, client: httpx.AsyncClient, asked_to_end: list[bool]
    ) -> None:
        self.running = running
        self.socket_file = socket_file
        self.client = client
        self.asked_to_end = asked_to_end

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.client.get(path, params=query)

    async def post(self, path: str, **arguments: Any) -> httpx.Response:
        answer = await self.client.post(path, json=arguments)
        await self.running.settle()
        return answer


@pytest.fixture
def socket_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("s") / "run" / "e.sock"


@pytest.fixture
async def served(running: Running, socket_file: Path) -> AsyncIterator[Served]:
    asked: list[bool] = []
    server = make_server(make_app(running.runtime, running.service, asked.append))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.serve, [listen(socket_file)])
        transport = httpx.AsyncHTTPTransport(uds=str(socket_file))
        async with httpx.AsyncClient(transport=transport, base_url="http://ergon") as client:
            yield Served(running, socket_file, client, asked)
        server.end()


async def test_what_is_applied_over_it_comes_to_be(served: Served, host: Host) -> None:
    answer = await served.post("/v1/apply", documents=[container("web")])
    await served.running.until_ready()

    assert answer.json()["results"] == [
        {"kind": "Container", "namespace": "shop", "name": "web", "outcome": "created", "generation": 1}
    ]
    assert (await served.get("/v1/status", name="web")).json()["resources"][0]["phase"] == "Ready"


@pytest.mark.parametrize("verb", ["stop", "start", "restart", "pause", "resume", "delete"])
async def test_every_verb_takes_names(served: Served, verb: str) -> None:
    await served.post("/v1/apply", documents=[container("web")])
    answer = await served.post(f"/v1/{verb}", names=["web"])

    assert (answer.status_code, [row["name"] for row in answer.json()["results"]]) == (200, ["web"])


async def test_the_other_routes_answer(served: Served) -> None:
    await served.post("/v1/apply", documents=[container("web")])
    await served.running.until_ready()

    answers = [
        await served.get("/v1/diff"),
        await served.get("/v1/describe", name="web"),
        await served.get("/v1/events"),
        await served.get("/v1/doctor"),
        await served.post("/v1/diff", documents=[container("new")]),
        await served.post("/v1/scale", name="web", replicas=2),
        await served.post("/v1/down", namespace="shop"),
    ]
    assert [answer.status_code for answer in answers] == [200] * 7


REFUSALS: dict[str, tuple[str, Any, int]] = {
    "a name nobody declared": ("/v1/stop", {"names": ["web"]}, 404),
    "a document that is none": ("/v1/apply", {"documents": [{"kind": "Nonsense"}]}, 400),
    "an argument nobody knows": ("/v1/stop", {"names": [], "nmaes": ["web"]}, 400),
    "an argument that is missing": ("/v1/stop", {}, 400),
    "an unknown argument of a plan": ("/v1/diff", {"documents": [], "speed": 9}, 400),
    "an argument of the wrong type": ("/v1/scale", {"name": "web", "replicas": "many"}, 400),
    "a name instead of names": ("/v1/stop", {"names": "web"}, 400),
    "names that are no list": ("/v1/stop", {"names": 7}, 400),
    "a list instead of an object": ("/v1/stop", [1, 2], 400),
}


@pytest.mark.parametrize("case", REFUSALS)
async def test_a_refusal_has_an_error_and_a_hint(served: Served, case: str) -> None:
    path, arguments, status = REFUSALS[case]
    answer = await served.client.post(path, json=arguments)

    assert (answer.status_code, list(answer.json())) == (status, ["error", "hint"])
    assert answer.json()["error"]


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 5000, b'"text"'], ids=["cut", "bytes", "deep", "text"])
async def test_what_is_not_json_is_refused(served: Served, body: bytes) -> None:
    answer = await served.client.post("/v1/apply", content=body)

    assert (answer.status_code, list(answer.json())) == (400, ["error", "hint"])


@pytest.mark.parametrize("query", ["since=yesterday", "since=-1"])
async def test_a_bad_question_is_refused(served: Served, query: str) -> None:
    answer = await served.client.get(f"/v1/events?{query}")

    assert (answer.status_code, list(answer.json())) == (400, ["error", "hint"])


async def test_a_route_nobody_knows_is_refused_in_the_same_shape(served: Served) -> None:
    answer = await served.get("/v1/nonsense")

    assert (answer.status_code, list(answer.json())) == (404, ["error", "hint"])


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(served: Served) -> None:
    request = f"POST /v1/apply HTTP/1.1\r\nHost: ergon\r\nContent-Length: {MAX_BODY + 1}\r\n\r\n"
    async with await anyio.connect_unix(served.socket_file) as stream:
        await stream.send(request.encode())
        answer = await stream.receive()

    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_does_not_say_how_large_it_is_is_cut_off(served: Served) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY // (1 << 20) + 1):
            yield b" " * (1 << 20)

    answer = await served.client.post("/v1/apply", content=endless())

    assert answer.status_code == 413


async def test_who_asked_is_recorded_from_the_kernels_word(served: Served) -> None:
    await served.post("/v1/apply", documents=[container("web")])
    await served.post("/v1/stop", names=["web"])

    told = [message for _, message in await served.running.events("web")]
    assert f"stop requested by uid {os.getuid()} (pid {os.getpid()})" in told


async def test_nobody_can_ask_in_anothers_name(served: Served) -> None:
    await served.post("/v1/apply", documents=[container("web")])
    await served.post("/v1/stop", names=["web"], actor="root")

    told = [message for _, message in await served.running.events("web")]
    assert not any("root" in message for message in told)


async def test_a_daemon_that_is_away_is_said_to_be(served: Served, host: Host) -> None:
    host.engine.daemon.stop()
    await served.running.settle()

    answer = await served.get("/v1/diff")
    assert (answer.status_code, "Docker" in answer.json()["error"]) == (503, True)


async def test_a_shutdown_is_passed_on(served: Served) -> None:
    await served.post("/v1/shutdown", stop_containers=True)

    assert served.asked_to_end == [True]


async def test_it_is_alive_and_ready(served: Served) -> None:
    assert (await served.get("/healthz")).json() == {"alive": True}
    assert (await served.get("/readyz")).json() == {"ready": True, "message": ""}


async def test_it_is_not_ready_while_the_store_cannot_be_written(served: Served, host: Host) -> None:
    await served.post("/v1/apply", documents=[container("web")])
    served.running.store.failing = lambda _: unwritable()
    host.docker.stop("shop-web-1")
    await served.running.pass_time(5)

    answer = await served.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)


async def test_its_figures_are_for_prometheus(served: Served) -> None:
    await served.post("/v1/apply", documents=[container("web")])
    await served.running.until_ready()

    text = (await served.get("/metrics")).text
    assert "ergon_engine_reachable 1.0" in text
    assert 'ergon_resources{kind="Container",phase="Ready"} 1.0' in text


# streams


class Lines:
    """Reads the lines of one stream; time passes so that new ones come."""

    def __init__(self, served: Served, answer: httpx.Response) -> None:
        self._running = served.running
        self._lines = answer.aiter_lines()

    async def next(self) -> dict[str, Any]:
        line: dict[str, Any] = json.loads(await anext(self._lines))
        return line


async def test_a_watch_tells_every_change_in_order(served: Served) -> None:
    async with served.client.stream("GET", "/v1/watch?since=0") as answer:
        lines = Lines(served, answer)
        await served.post("/v1/apply", documents=[container("web")])
        await served.running.pass_time(1)
        first = await lines.next()
        await served.post("/v1/stop", names=["web"])
        await served.running.pass_time(1)
        second = await lines.next()

    assert (first["type"], second["type"], first["name"]) == ("ADDED", "MODIFIED", "web")
    assert first["resource_version"] < second["resource_version"]


async def test_a_watch_goes_on_where_it_was_left(served: Served) -> None:
    await served.post("/v1/apply", documents=[container("web")])
    version = await served.running.resource_version()
    await served.post("/v1/stop", names=["web"])

    async with served.client.stream("GET", f"/v1/watch?since={version}") as answer:
        line = await Lines(served, answer).next()

    assert (line["type"], line["resource_version"]) == ("MODIFIED", version + 1)


async def test_a_quiet_watch_is_told_where_it_stands(served: Served) -> None:
    await served.post("/v1/apply", documents=[container("web")])
    await served.running.pass_time(5)
    version = await served.running.resource_version()
    async with served.client.stream("GET", f"/v1/watch?since={version}") as answer:
        await served.running.pass_time(31)
        line = await Lines(served, answer).next()

    assert (line["type"], line["resource_version"]) == ("BOOKMARK", version)


async def test_followed_events_go_on(served: Served) -> None:
    await served.post("/v1/apply", documents=[container("web")])
    await served.running.until_ready()
    async with served.client.stream("GET", "/v1/events?follow=true") as answer:
        lines = Lines(served, answer)
        seen = [await lines.next() for _ in range(2)]
        await served.post("/v1/stop", names=["web"])
        await served.running.pass_time(2)
        seen.append(await lines.next())

    assert seen[-1]["reason"] == "StopRequested"
    assert [one["id"] for one in seen] == sorted({one["id"] for one in seen})


async def test_logs_are_lines_of_json(served: Served, host: Host) -> None:
    await served.post("/v1/apply", documents=[container("web", replicas=2)])
    await served.running.until_ready()
    host.docker.say("shop-web-2", "two")
    host.docker.say("shop-web-1", "one")

    answer = await served.get("/v1/logs", name="web")
    assert [(line["instance"], line["text"]) for line in map(json.loads, answer.text.splitlines())] == [
        ("shop-web-1", "one"),
        ("shop-web-2", "two"),
    ]


async def test_the_logs_of_nobody_are_refused_and_not_an_empty_stream(served: Served) -> None:
    answer = await served.get("/v1/logs", name="nobody")

    assert (answer.status_code, list(answer.json())) == (404, ["error", "hint"])


# the socket


def test_the_socket_is_for_its_owner_alone(socket_file: Path) -> None:
    with listen(socket_file):
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (socket_file, socket_file.parent)]

    assert modes == [0o600, 0o700]


def test_a_socket_that_a_crash_left_behind_is_replaced(socket_file: Path) -> None:
    listen(socket_file).close()
    with listen(socket_file), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(socket_file))

        assert socket_file.is_socket()


def test_a_path_that_is_too_long_is_an_error_and_not_another_socket(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="too long"):
        listen(tmp_path / ("x" * 110) / "e.sock")
