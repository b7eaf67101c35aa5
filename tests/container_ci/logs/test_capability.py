"""A companion answers for the log of its container, and notices new errors in it at next to no cost."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from container_ci.capability import Tended
from container_ci.companion import ContainerCI
from container_ci.desk import Desk, Tools
from container_ci.equipment import EQUIPMENT
from container_ci.logs import capability
from container_ci.logs.capability import BLIND_POLL_S, POLL_S, SLOWEST_POLL_S, Logs
from container_ci.subject import Subject
from controller.clock import VirtualClock
from engine.simulated import SimulatedEngine
from tests.container_ci.desks import NOON, Around, Remembering

pytestmark = pytest.mark.anyio


class Scene:
    """One container of the simulated engine, its companion's log capability, and hands to let it talk."""

    def __init__(self) -> None:
        self.clock = VirtualClock(NOON)
        self.engine = SimulatedEngine(self.clock)
        self.memory = Remembering()

    async def begin(self, **body: Any) -> "Scene":
        self.engine.add_image("web:1")
        self.engine.docker.run("web-1", "web:1", **body)
        container = await self.engine.inspect_container("web-1")
        self.desk = Desk(Subject(container), Tools(self.engine, self.clock, self.memory, Around()))
        self.logs = Logs(self.desk)
        return self

    def anew(self) -> None:
        """Go on as another controller does after the first has ended."""
        self.desk = Desk(self.desk.subject, self.desk.tools)
        self.logs = Logs(self.desk)

    def say(self, text: str, times: int = 1) -> None:
        for _ in range(times):
            self.engine.docker.say("web-1", text)

    async def pass_by(self, seconds: float) -> float | None:
        await self.clock.advance(seconds)
        return await self.logs.tend()

    def rules(self) -> list[str]:
        return [one.rule for one in self.desk.findings]

    def reads(self) -> int:
        return self.engine.calls.count("logs")


@pytest.fixture
async def scene() -> Scene:
    return await Scene().begin()


async def test_every_companion_can_be_asked_about_logs(scene: Scene) -> None:
    scene.say("ERROR no such file")

    answer = await ContainerCI(scene.desk, EQUIPMENT).handle_query("what do the logs say")

    assert answer.topic == "logs"
    assert "ERROR no such file" in answer.text
    assert answer.data["counts"] == {"error": 1}
    assert answer.data["read"]["lines"] == 1


async def test_a_question_may_ask_for_the_last_minutes_only(scene: Scene) -> None:
    scene.say("ERROR an old one")
    await scene.clock.advance(3600)
    scene.say("ERROR a new one")

    answer = await scene.logs.answer("logs", ["since", "10m"])

    assert [line["text"] for window in answer.data["windows"] for line in window] == ["ERROR a new one"]


async def test_an_answer_is_for_people_too(scene: Scene) -> None:
    scene.say("INFO started")
    scene.say("ERROR connection to 10.0.0.1:5432 refused", 3)

    lines = (await scene.logs.answer("logs", [])).text.split("\n")

    assert lines[0].startswith("web-1: 4 lines read, ")
    assert any(line.endswith("x 3, until 12:00:00") for line in lines)
    assert any("ERROR connection to <ip> refused" in line for line in lines)


async def test_a_new_error_is_found_without_being_asked(scene: Scene) -> None:
    scene.say("ERROR the usual one")
    await scene.logs.tend()
    await scene.clock.advance(3600)
    scene.say("ERROR disk is full", 3)

    await scene.logs.tend()

    assert scene.rules() == ["log-new-error"]
    assert scene.desk.findings[0].evidence[0].text == "ERROR disk is full"


async def test_an_error_is_new_for_an_hour(scene: Scene) -> None:
    await scene.logs.tend()
    await scene.clock.advance(3600)
    scene.say("ERROR disk is full", 3)

    found = [await scene.pass_by(seconds) and scene.rules() for seconds in (1, 3000, 700)]

    assert found == [["log-new-error"], ["log-new-error"], []]


async def test_the_usual_errors_are_known_to_the_next_controller(scene: Scene) -> None:
    await scene.logs.tend()
    await scene.clock.advance(3600)
    scene.say("ERROR the usual one", 3)
    await scene.logs.tend()
    scene.anew()
    await scene.logs.tend()
    await scene.clock.advance(7200)
    scene.say("ERROR the usual one", 3)

    await scene.logs.tend()

    assert scene.rules() == []


async def test_only_errors_are_remembered_and_counts_not_all_the_time(scene: Scene) -> None:
    await scene.logs.tend()
    scene.say("INFO all is well", 20)
    await scene.pass_by(60)
    quiet = dict(scene.memory.kept)
    written: list[Any] = []
    for _ in range(30):
        scene.say("ERROR the usual one", 3)
        await scene.pass_by(60)
        if not written or scene.memory.kept != written[-1]:
            written.append(dict(scene.memory.kept))

    assert quiet == {}
    assert len(written) <= 4


async def test_another_capability_keeps_its_findings(scene: Scene) -> None:
    await scene.logs.tend()
    await scene.clock.advance(3600)
    scene.say("ERROR disk is full", 3)
    await scene.logs.tend()
    [new] = scene.desk.findings

    scene.desk.found([replace(new, rule="disk-full")])

    assert scene.rules() == ["disk-full", "log-new-error"]


async def test_what_a_run_said_at_its_end_is_read_and_then_nothing_more(scene: Scene) -> None:
    await scene.logs.tend()
    await scene.clock.advance(3600)
    scene.say("FATAL out of luck")
    scene.engine.docker.crash("web-1", 1)
    scene.desk.subject = Subject(await scene.engine.inspect_container("web-1"))

    pause = await scene.logs.tend()

    assert (pause, scene.rules()) == (None, ["log-new-error"])


async def test_a_log_that_cannot_be_seen_growing_is_read_rarely(scene: Scene) -> None:
    assert await scene.logs.tend() == BLIND_POLL_S


async def test_a_silent_container_is_not_read_where_its_log_file_can_be_seen(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "c-json.log"
    log.write_text("x")
    monkeypatch.setattr(capability, "log_file", lambda *_: log)
    await scene.logs.tend()

    pauses = [await scene.pass_by(60) for _ in range(10)]

    assert pauses == [POLL_S] * 10
    assert scene.reads() == 0


async def test_a_log_that_grows_is_read_and_one_that_grows_fast_less_often(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "c-json.log"
    log.write_text("x")
    monkeypatch.setattr(capability, "log_file", lambda *_: log)
    await scene.logs.tend()
    scene.say("INFO hello")
    log.write_text("xx")

    slow = await scene.pass_by(60)
    scene.say("INFO hello", 5000)
    log.write_text("xxx")
    fast = await scene.pass_by(60)

    assert (slow, fast, scene.reads()) == (POLL_S, SLOWEST_POLL_S, 2)


async def test_the_same_question_twice_is_read_once(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "c-json.log"
    log.write_text("x")
    monkeypatch.setattr(capability, "log_file", lambda *_: log)
    scene.say("ERROR no")

    first = await scene.logs.answer("logs", [])
    again = await scene.logs.answer("logs", [])

    assert first == again
    assert scene.reads() == 1


async def test_a_secret_of_the_container_is_not_said() -> None:
    scene = await Scene().begin(Env=["DB_PASSWORD=tr0ub4dor&3xyz"])
    scene.say("FATAL tr0ub4dor&3xyz is no good")

    answer = await ContainerCI(scene.desk, EQUIPMENT).handle_query("logs")

    assert "<secret:DB_PASSWORD>" in answer.text
    assert "tr0ub4dor" not in str(answer)


async def test_it_is_tended_without_being_asked(scene: Scene) -> None:
    assert isinstance(scene.logs, Tended)
