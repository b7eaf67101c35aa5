"""No way out of a companion shows a secret: no answer to any topic, no refusal, and nothing on the socket."""

import json
import socket
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from anyio import to_thread

from container_ci.companion import ContainerCI, Unanswered
from container_ci.equipment import EQUIPMENT
from container_ci.sockets import Sockets
from controller.clock import VirtualClock
from engine.errors import EngineError
from observed_state.finding import Finding, Quote
from observed_state.health import Health, ProbeResult
from observed_state.service import Discovery, Service
from tests.container_ci.desks import NOON, WEB, Around, desk_of

pytestmark = pytest.mark.anyio

SECRETS = {f"SERVICE_{number}_PASSWORD": f"planted-{number:03}-{number * 7919:08x}" for number in range(100)}
TOLD = "; ".join(SECRETS.values())


def planted() -> ContainerCI:
    """A companion whose container, findings, services and probes all speak of secrets."""
    env = [f"{name}={value}" for name, value in SECRETS.items()]
    seen = replace(WEB, health="unhealthy", health_output=TOLD, error=TOLD, frozen={"Config": {"Env": env}})
    failing = ProbeResult("readiness", "failing", NOON, TOLD, 3)
    around = Around(healths={seen.id: Health(seen.id, seen.started_at, readiness=failing)})
    desk = desk_of(seen, around=around)
    desk.discovered(Discovery((Service("app", "listening", 0.9, port=80, evidence=(TOLD,)),)))
    quote = Quote("q1", "log:stderr", TOLD)
    desk.found([Finding("auth-failed", TOLD, TOLD, 0.9, "error", (quote,), advice=(TOLD,), related=(TOLD,))])
    return ContainerCI(desk, EQUIPMENT)


def leaks(text: str) -> list[str]:
    return [name for name, value in SECRETS.items() if value in text]


async def test_no_topic_shows_one_of_a_hundred_planted_secrets() -> None:
    companion = planted()
    told = []
    for question in (*companion.topics, f"sing {TOLD}", f"why {TOLD}"):
        try:
            answer = await companion.handle_query(question)
            told.append(repr(answer) + json.dumps(answer.data) + answer.text)
        except (Unanswered, EngineError) as error:
            told.append(repr(error) + str(error))

    assert len(told) == len(companion.topics) + 2
    assert [leaks(text) for text in told if leaks(text)] == []


async def test_no_socket_sends_one() -> None:
    with tempfile.TemporaryDirectory(prefix="ci") as name:
        async with Sockets(Path(name) / "ci", VirtualClock(NOON)) as sockets:
            companion = planted()
            path = sockets.open(companion)
            for topic in companion.topics:
                sent = await to_thread.run_sync(exchanged, path, topic)
                assert sent.endswith("}\n")
                assert leaks(sent) == []


def exchanged(path: str, topic: str) -> str:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(path)
        client.sendall(json.dumps({"query": topic}).encode() + b"\n")
        client.shutdown(socket.SHUT_WR)
        return client.makefile().read()
