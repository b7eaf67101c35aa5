"""A companion looks for causes by itself when something went wrong, and answers at once from what it found."""

from dataclasses import replace
from typing import Any

import pytest

from container_ci.companion import ContainerCI
from container_ci.desk import Desk, Tools
from container_ci.diagnosis.capability import ILL_POLL_S, POLL_S, Debugging
from container_ci.equipment import EQUIPMENT
from container_ci.subject import Subject
from controller.clock import VirtualClock
from engine.simulated import SimulatedEngine
from observed_state.ended_run import EndedRun
from tests.container_ci.desks import NOON, Around, Remembering

pytestmark = pytest.mark.anyio


class Scene:
    """A web server and its database in the simulated engine, and the companion of the first."""

    def __init__(self) -> None:
        self.clock = VirtualClock(NOON)
        self.engine = SimulatedEngine(self.clock)
        self.memory = Remembering()
        self.around = Around()

    async def begin(self, **body: Any) -> "Scene":
        self.engine.add_image("web:1")
        self.engine.docker.run("web", "web:1", Env=["DATABASE_URL=postgres://shop@db:5432/shop"], **body)
        self.engine.docker.run("db", "web:1", **body)
        subject = Subject(await self.engine.inspect_container("web"))
        self.desk = Desk(subject, Tools(self.engine, self.clock, self.memory, self.around))
        self.debugging = Debugging(self.desk)
        await self.look()
        return self

    async def look(self) -> None:
        self.desk.subject = Subject(await self.engine.inspect_container("web"))
        self.around.neighbours = [Subject(await self.engine.inspect_container("db"))]

    async def pass_by(self, seconds: float) -> float | None:
        await self.clock.advance(seconds)
        await self.look()
        return await self.debugging.tend()

    def rules(self) -> list[str]:
        return [one.rule for one in self.desk.findings]


@pytest.fixture
async def scene() -> Scene:
    return await Scene().begin()


async def test_a_container_that_does_well_costs_no_call_to_the_engine(scene: Scene) -> None:
    calls = len(scene.engine.calls.all)

    assert await scene.debugging.tend() == POLL_S
    assert scene.engine.calls.all[calls:] == []


async def test_a_dependency_that_ends_is_named_and_forgotten_when_it_is_back(scene: Scene) -> None:
    await scene.clock.advance(200)
    scene.engine.docker.crash("db", 1)
    scene.engine.docker.say("web", "ERROR cannot reach db:5432: Connection refused")

    assert await scene.pass_by(POLL_S) == ILL_POLL_S
    assert scene.rules() == ["dependency-down"]
    assert scene.desk.findings[0].related == ("db",)

    await scene.engine.start_container("db")

    assert await scene.pass_by(ILL_POLL_S) == POLL_S
    assert scene.rules() == []


async def test_the_end_of_a_run_is_explained_by_what_it_said(scene: Scene) -> None:
    await scene.clock.advance(5)
    scene.engine.docker.say("web", "ERROR Missing required environment variable: API_URL")
    scene.engine.docker.crash("web", 1)

    assert await scene.pass_by(0) is None
    assert scene.rules() == ["env-missing"]

    answer = await ContainerCI(scene.desk, EQUIPMENT).handle_query("why did it crash")

    assert answer.data["findings"][0]["rule"] == "env-missing"
    assert [one["when"] is not None for one in answer.data["findings"][0]["evidence"]] == [True]
    assert "set spec.environment.API_URL" in answer.text
    assert "│ ERROR Missing required environment variable: API_URL" in answer.text


async def test_an_answer_is_made_once_while_nothing_moves(scene: Scene) -> None:
    scene.engine.docker.crash("web", 3)
    await scene.look()
    first = await scene.debugging.answer("debug", ())
    calls = scene.engine.calls.count("logs")
    again = await scene.debugging.answer("debug", ())

    assert again == first
    assert scene.engine.calls.count("logs") == calls


async def test_the_run_before_a_restart_is_still_explained(scene: Scene) -> None:
    container = scene.desk.subject.container
    await scene.clock.advance(60)
    scene.engine.docker.crash("web", 139)
    ended = await scene.engine.inspect_container("web")
    scene.memory.runs = [EndedRun(container.id, 139, started_at=ended.started_at, finished_at=ended.finished_at)]
    await scene.engine.start_container("web")

    await scene.pass_by(2)

    assert scene.rules() == ["segfault"]


async def test_habits_are_told_without_looking_at_the_log(scene: Scene) -> None:
    answer = await ContainerCI(scene.desk, EQUIPMENT).handle_query("security")

    rules = [one["rule"] for one in answer.data["hygiene"]]
    assert "runs-as-root" in rules
    assert "set spec.user" in answer.text


async def test_a_neighbour_that_ended_and_that_nobody_needs_costs_no_look(scene: Scene) -> None:
    scene.engine.docker.run("job", "web:1")
    scene.engine.docker.crash("job", 0)
    job = Subject(await scene.engine.inspect_container("job"))
    scene.around.neighbours = [*scene.around.neighbours, job]
    calls = len(scene.engine.calls.all)

    assert await scene.debugging.tend() == POLL_S
    assert scene.engine.calls.all[calls:] == []


async def test_other_containers_that_are_not_near_are_none_of_its_business(scene: Scene) -> None:
    scene.engine.docker.crash("db", 1)
    far = await scene.engine.inspect_container("db")
    scene.around.neighbours = [Subject(replace(far, networks={}))]
    calls = len(scene.engine.calls.all)

    await scene.debugging.tend()

    assert scene.engine.calls.all[calls:] == []
