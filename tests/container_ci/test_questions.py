"""Questions that the daemon passes on: a declared command, a line in the log; and gRPC's health service."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from container_ci import grpc_health
from container_ci.asking import ask
from container_ci.probe_state import Outcome
from container_ci.questions import Questions
from container_ci.target import Target
from desired_state.probes import Probe, Probes
from engine.errors import Conflict, EngineUnreachable
from engine.protocol import Command, Engine, LogLine, Ran
from observed_state.container import Container

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
WEB = "f" * 64
TARGET = Target(WEB, NOON, "127.0.0.1", Probes())


class Daemon:
    """Runs commands and keeps a log, as told."""

    def __init__(self, answer: Ran | Exception | None = None, environment: Mapping[str, str] | None = None) -> None:
        self.answer = answer or Ran(0)
        self.variables = [f"{name}={value}" for name, value in (environment or {}).items()]
        self.ran: list[Command] = []
        self.log: list[LogLine] = []
        self.read_since: list[datetime | None] = []

    def says(self, *texts: str, at: datetime = NOON) -> None:
        self.log += [LogLine(WEB, at, "stdout", text) for text in texts]

    async def run_command(self, container_id: str, command: Command) -> Ran:
        assert container_id == WEB
        self.ran.append(command)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def inspect_container(self, container: str) -> Container:
        return Container(container, "web", "", "", "running", frozen={"Config": {"Env": self.variables}})

    async def logs(self, container_id: str, *, since: datetime | None = None) -> AsyncIterator[LogLine]:
        self.read_since.append(since)
        for line in list(self.log):
            if since is None or line.time >= since:
                yield line


def asking(daemon: Daemon) -> Questions:
    return Questions(cast("Engine", daemon))


def probe(**question: Any) -> Probe:
    return Probe.model_validate(question)


async def answers(daemon: Daemon, question: Probe) -> Outcome | None:
    return await asking(daemon)(question, TARGET)


async def test_a_command_that_ends_with_0_passes() -> None:
    daemon = Daemon()

    assert await answers(daemon, probe(exec="pg_isready -q", timeout="3s")) == Outcome(passed=True)
    assert daemon.ran == [Command(("pg_isready", "-q"), timeout_s=3)]


async def test_a_command_that_fails_is_quoted_with_its_last_line() -> None:
    daemon = Daemon(Ran(2, "checking\nno response\n"))

    assert await answers(daemon, probe(exec="pg_isready")) == Outcome(False, "pg_isready: exit code 2: no response")


async def test_what_a_command_says_is_told_without_the_containers_secrets() -> None:
    daemon = Daemon(Ran(1, "tried hunter2hunter2"), {"DB_PASSWORD": "hunter2hunter2"})

    outcome = await answers(daemon, probe(exec="check"))

    assert outcome is not None
    assert "hunter2" not in outcome.message
    assert "DB_PASSWORD" in outcome.message


async def test_a_command_that_does_not_end_fails() -> None:
    assert await answers(Daemon(Ran(None)), probe(exec="check")) == Outcome(False, "check: not done within 1 s")


async def test_a_container_that_can_run_no_command_fails() -> None:
    assert await answers(Daemon(Conflict("it is paused")), probe(exec="check")) == Outcome(False, "it is paused")


async def test_a_daemon_that_is_away_says_nothing_about_the_container() -> None:
    assert await answers(Daemon(EngineUnreachable("gone")), probe(exec="check")) is None


async def test_a_line_in_the_log_passes_and_is_looked_for_no_more() -> None:
    daemon, question = Daemon(), probe(log=r"ready to accept \w+")
    asked = asking(daemon)
    before = await asked(question, TARGET)
    daemon.says("LOG:  database system is ready to accept connections", at=NOON + timedelta(seconds=2))
    while (after := await asked(question, TARGET)) == before:
        pass
    reads = len(daemon.read_since)
    again = await asked(question, TARGET)

    assert before == Outcome(False, r"no line of its log matches 'ready to accept \\w+' yet")
    assert after == again == Outcome(passed=True)
    assert len(daemon.read_since) == reads


async def test_the_log_is_read_from_where_reading_ended() -> None:
    daemon, question = Daemon(), probe(log="ready")
    asked = asking(daemon)
    daemon.says("begins", at=NOON + timedelta(seconds=1))
    await asked(question, TARGET)
    while len(daemon.read_since) < 2:
        await asked(question, TARGET)

    assert daemon.read_since == [NOON, NOON + timedelta(seconds=1)]


async def test_what_an_earlier_run_said_does_not_count() -> None:
    daemon = Daemon()
    daemon.says("ready", at=NOON - timedelta(seconds=1))

    outcome = await answers(daemon, probe(log="ready"))

    assert outcome is not None
    assert not outcome.passed


STATES: Sequence[tuple[bytes, str]] = [(b"\x08\x02", "NOT_SERVING"), (b"", "UNKNOWN"), (b"\x08\x01", "")]


@pytest.mark.parametrize(("state", "word"), STATES)
async def test_a_grpc_server_passes_while_it_serves(state: bytes, word: str) -> None:
    aio = pytest.importorskip("grpc.aio", reason="the extra `grpc` is not installed")
    grpc = pytest.importorskip("grpc")
    asked: list[bytes] = []

    async def check(request: bytes, _: object) -> bytes:
        asked.append(request)
        return state

    server = aio.server()
    handler = grpc.unary_unary_rpc_method_handler(check)
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": handler}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    outcome = await ask(probe(grpc={"port": port, "service": "shop.Cart"}, timeout="5s"), "127.0.0.1")
    await server.stop(None)

    assert asked == [b"\x0a\x09shop.Cart"]
    assert outcome.passed is (not word)
    assert word in outcome.message


async def test_without_the_extra_a_grpc_probe_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> None:
        raise ImportError

    monkeypatch.setattr(grpc_health, "import_module", missing)

    outcome = await ask(probe(grpc=1), "127.0.0.1")

    assert outcome == Outcome(False, "gRPC probes need Ergon's extra for them: install ergon-controller[grpc]")
