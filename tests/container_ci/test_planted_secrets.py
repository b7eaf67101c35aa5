"""A hundred secrets are planted in what a container is given and says; none comes out anywhere."""

import json
from collections.abc import Iterator
from random import Random

import pytest

from container_ci.companion import ContainerCI
from container_ci.desk import Desk, Tools
from container_ci.equipment import EQUIPMENT
from container_ci.logs.capability import Logs
from container_ci.model.dossier import dossier
from container_ci.subject import Subject
from controller.clock import VirtualClock
from engine.errors import EngineUnreachable
from engine.simulated import SimulatedEngine
from tests.container_ci.desks import NOON, Around, Remembering

pytestmark = pytest.mark.anyio

_RANDOM = Random(7)
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def _value(length: int = 14) -> str:
    return "".join(_RANDOM.choices(_LETTERS, k=length))


# Given to the container, and printed by it without any name.
GIVEN = {f"{name}_{number}": _value() + end for number, (name, end) in enumerate(
    [("DB_PASSWORD", "&x"), ("API_KEY", "/+="), ("JWT_SECRET", '"q'), ("AUTH_TOKEN", "%"), ("PWD", "\\n")] * 6
)}  # fmt: skip
# Known to nobody but by what stands beside them.
NAMED = [
    pattern.format(_value())
    for _ in range(4)
    for pattern in (
        "ERROR login with password={} failed",
        'ERROR {{"api_key": "{}", "x": 1}}',
        "FATAL dial postgres://shop:{}@db:5432/shop failed",
        "ERROR Authorization: Bearer {}",
        "WARN --token {} is old",
        "ERROR client_secret={}&grant_type=x",
        "ERROR Cookie: sid={}",
        "FATAL redis://default:{}@cache:6379/0 timed out",
        "ERROR AWS_SECRET_ACCESS_KEY={}",
        "ERROR Server=db;User Id=sa;Password={};",
    )
]
SHAPED = [
    *(f"ghp_{_value(36)}" for _ in range(6)),
    *(f"sk-{_value(32)}" for _ in range(6)),
    *(f"AKIA{_value(16).upper().replace('-', 'A')}" for _ in range(6)),
    *(f"xoxb-{_value(24)}" for _ in range(6)),
    *(f"eyJ{_value(20)}.{_value(20)}.{_value(20)}" for _ in range(6)),
]


def _hidden_in(line: str) -> str:
    """Return the planted value of a line: the only word of its length and letters."""
    return next(word for word in _words(line) if len(word) == 14)


def _words(line: str) -> Iterator[str]:
    word = ""
    for letter in f"{line} ":
        if letter in _LETTERS or letter == "1" or letter in "loO0I":
            word += letter
        else:
            yield word
            word = ""


PLANTED = [*GIVEN.values(), *map(_hidden_in, NAMED), *SHAPED]
SAID = [
    *(f"ERROR cannot use {value} here" for value in GIVEN.values()),
    *NAMED,
    *(f"FATAL token {value} was refused" for value in SHAPED),
]


def leaked(text: str) -> list[str]:
    """Return the planted secrets that a text shows, whole or most of them."""
    return [one for one in PLANTED if one in text or json.dumps(one)[1:-1] in text or one[:10] in text]


def test_a_hundred_are_planted() -> None:
    assert len(set(PLANTED)) == 100
    assert leaked("\n".join(SAID)) == PLANTED


class Planted:
    """A container that was given and says the secrets, and its companion."""

    async def begin(self) -> "Planted":
        self.clock = VirtualClock(NOON)
        self.engine = SimulatedEngine(self.clock)
        self.memory = Remembering()
        self.engine.add_image("web:1")
        self.engine.docker.run("web-1", "web:1", Env=[f"{name}={value}" for name, value in GIVEN.items()])
        container = await self.engine.inspect_container("web-1")
        self.desk = Desk(Subject(container), Tools(self.engine, self.clock, self.memory, Around()))
        self.companion = ContainerCI(self.desk, EQUIPMENT)
        return self

    def say_everything(self) -> None:
        for line in SAID:
            self.engine.docker.say("web-1", line, "stderr")


@pytest.fixture
async def planted() -> Planted:
    return await Planted().begin()


async def test_no_answer_shows_one_of_them(planted: Planted) -> None:
    planted.say_everything()

    asked = [*planted.companion.topics, "logs since 1h", "why did it fail"]
    answers = [await planted.companion.handle_query(question) for question in asked]
    own = await Logs(planted.desk).answer("logs", [])

    assert "ERROR" in own.text
    assert leaked(str(answers)) == []
    assert leaked(f"{own.text}{json.dumps(own.data)}") == []


async def test_no_finding_and_no_memory_holds_one_of_them(planted: Planted) -> None:
    logs = Logs(planted.desk)
    await logs.tend()
    await planted.clock.advance(7200)
    for _ in range(3):
        planted.say_everything()
    await logs.tend()

    assert len(planted.desk.findings) >= 5
    assert planted.memory.kept
    assert leaked(repr(planted.desk.findings)) == []
    assert leaked(json.dumps(list(planted.memory.kept.values()))) == []


async def test_no_model_is_told_one_of_them(planted: Planted) -> None:
    planted.say_everything()
    logs = await planted.companion.handle_query("logs")

    told = dossier("web-1", {"logs": logs.data}, planted.desk.redactor).as_text()

    assert "ERROR" in told
    assert leaked(told) == []


async def test_no_error_shows_one_of_them(planted: Planted) -> None:
    said = f"the daemon says: {' '.join(GIVEN.values())}"
    planted.engine.faults.fail("logs", lambda: EngineUnreachable(said))

    answer = await planted.companion.handle_query("logs")

    assert "could not be read" in answer.text
    assert leaked(str(answer)) == []


async def test_no_repr_shows_one_of_them(planted: Planted) -> None:
    assert leaked(f"{planted.desk.redactor!r}") == []
