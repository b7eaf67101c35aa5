"""The companion of one container: what it says, and that it goes on whatever happens."""

from collections.abc import Sequence
from dataclasses import replace

import anyio
import pytest
from anyio.abc import TaskGroup

from container_ci.capability import Answer, Equip
from container_ci.companion import ContainerCI, Unanswered
from container_ci.desk import Desk
from container_ci.monitoring import Monitoring
from container_ci.subject import Subject
from container_ci.tending import Tending
from controller.clock import VirtualClock
from engine.errors import EngineUnreachable
from observed_state.finding import Finding, Quote
from observed_state.health import Health, ProbeResult
from observed_state.service import Discovery, Service
from tests.container_ci.desks import NOON, WEB, Around, desk_of, exited

pytestmark = pytest.mark.anyio

REDIS = Discovery(services=(Service("redis", "listening", 0.95, port=6379),))
FULL = Finding(
    "disk-full", "The disk is full", "no space left", 0.9, "critical", (Quote("q1", "log:stderr", "ENOSPC"),)
)


class Counting:
    """A capability that is tended, and fails as often as it is told to."""

    name = "counting"
    topics = ("count",)

    def __init__(self, wait_s: float | None = None, failures: int = 0) -> None:
        self.times = 0
        self._wait_s = wait_s
        self._failures = failures

    async def tend(self) -> float | None:
        self.times += 1
        if self.times <= self._failures:
            raise ValueError("a defect")
        return self._wait_s

    async def answer(self, topic: str, words: Sequence[str]) -> Answer:
        return Answer(topic, {"times": self.times, "words": list(words)}, f"{self.times} times")


def begun(clock: VirtualClock, tasks: TaskGroup) -> Tending:
    tending = Tending(clock)
    tending.start(tasks)
    return tending


def companion(desk: Desk | None = None, *equipment: Equip) -> ContainerCI:
    return ContainerCI(desk or desk_of(), equipment or (Monitoring,))


async def test_it_is_called_after_its_container_and_says_how_that_stands() -> None:
    desk = desk_of()
    desk.discovered(REDIS)
    desk.found([FULL])

    answer = await companion(desk).handle_query("how are you?")

    assert answer.topic == "status"
    assert answer.data["name"] == "shop-web-1-container-ci"
    assert answer.data["services"][0]["port"] == 6379
    assert answer.data["finding"]["rule"] == "disk-full"
    assert "redis on 6379, listening" in answer.text
    assert "disk-full: The disk is full" in answer.text


async def test_a_stopped_container_is_told_with_its_exit_code() -> None:
    answer = await companion(desk_of(exited(137))).handle_query("status")

    assert (answer.data["state"], answer.data["exit_code"], answer.data["uptime"]) == ("exited", 137, None)
    assert "exited with code 137" in answer.text


async def test_health_is_what_probes_have_settled_of_this_run() -> None:
    failing = ProbeResult("readiness", "failing", NOON, "connect to 172.17.0.2:80: connection refused", 3)
    around = Around(healths={WEB.id: Health(WEB.id, WEB.started_at, readiness=failing)})

    answer = await companion(desk_of(around=around)).handle_query("health")
    of_next_run = await companion(desk_of(replace(WEB, started_at=None), around=around)).handle_query("health")

    assert answer.data["state"] == "unhealthy"
    assert "connection refused" in answer.text
    assert of_next_run.data["state"] == "unknown"


async def test_what_nobody_can_answer_is_refused_with_what_can_be_asked() -> None:
    with pytest.raises(Unanswered, match="can't answer that") as refused:
        await companion().handle_query("how many orders were sold")

    assert refused.value.hint == "ask it about status, help, health"


async def test_no_answer_shows_a_secret_of_the_container() -> None:
    secret = "hunter2-and-more"
    seen = replace(WEB, health="unhealthy", health_output=f"login as {secret} failed")
    seen = replace(seen, frozen={"Config": {"Env": [f"DB_PASSWORD={secret}"]}})

    for question in ("status", "health", "help"):
        answer = await companion(desk_of(seen)).handle_query(question)

        assert secret not in repr(answer)


async def test_an_engine_that_does_not_answer_is_told_to_who_asks() -> None:
    class Asking(Counting):
        async def answer(self, topic: str, words: Sequence[str]) -> Answer:
            raise EngineUnreachable("the Docker daemon did not answer")

    with pytest.raises(Unanswered, match="did not answer"):
        await companion(None, lambda _: Asking()).handle_query("count")


async def test_a_capability_is_tended_when_due_and_when_its_container_changes() -> None:
    clock, counting = VirtualClock(NOON), Counting(wait_s=60)
    one = companion(desk_of(clock=clock), lambda _: counting)
    async with anyio.create_task_group() as tasks:
        one.start_health_monitoring(begun(clock, tasks))
        await clock.advance(130)
        assert counting.times == 3

        one.attend(Subject(WEB))
        await clock.advance(1)
        assert counting.times == 3

        one.attend(Subject(exited(1)))
        await clock.advance(1)
        assert counting.times == 4
        one.stop()
        tasks.cancel_scope.cancel()


async def test_a_defect_of_one_part_is_tried_again_and_touches_no_other() -> None:
    clock, broken, whole = VirtualClock(NOON), Counting(failures=1000), Counting(wait_s=10)
    one = companion(desk_of(clock=clock), lambda _: broken, lambda _: whole)
    async with anyio.create_task_group() as tasks:
        one.start_health_monitoring(begun(clock, tasks))
        await clock.advance(300)
        one.stop()
        tasks.cancel_scope.cancel()

    assert whole.times == 30
    assert broken.times == 9


async def test_what_waits_has_no_task() -> None:
    clock = VirtualClock(NOON)
    async with anyio.create_task_group() as tasks:
        tending = begun(clock, tasks)
        await clock.advance(1)
        before = len(anyio.get_running_tasks())
        for _ in range(10):
            companion(desk_of(clock=clock), lambda _: Counting(wait_s=60)).start_health_monitoring(tending)
        await clock.advance(130)

        # The timer has something to wait for now.
        assert len(anyio.get_running_tasks()) == before + 1
        tasks.cancel_scope.cancel()
