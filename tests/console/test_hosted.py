"""Commands answered in this process while no controller runs."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from console.cli import hosted as hosted_module
from console.cli.backend import Backend
from console.cli.hosted import Hosted
from controller.client import NotRunning
from controller.errors import ServiceError
from tests.console.canned import STATE_DIR, FakeController, run


class FakeService:
    """A service that is opened and closed around each question."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.closed = 0

    @asynccontextmanager
    async def open(self, _state_dir: Path, mode: str) -> AsyncIterator["FakeService"]:
        self.opened.append(mode)
        try:
            yield self
        finally:
            self.closed += 1

    async def status(self, **arguments: Any) -> dict[str, Any]:
        return {"asked": arguments}

    async def scale(self, **_: Any) -> dict[str, Any]:
        raise ServiceError("container/shop/web has no replicas", "only containers can be scaled")

    async def logs(self, **_: Any) -> AsyncIterator[dict[str, Any]]:
        return self._lines()

    async def _lines(self) -> AsyncIterator[dict[str, Any]]:
        for number in range(1000):
            yield {"text": str(number)}

    async def events(self, **_: Any) -> AsyncIterator[dict[str, Any]]:
        return self._broken()

    async def _broken(self) -> AsyncIterator[dict[str, Any]]:
        yield {"id": 1}
        raise ServiceError("the store is corrupt")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> FakeService:
    fake = FakeService()
    monkeypatch.setattr(hosted_module, "hosted", fake.open)
    return fake


def test_reading_opens_for_reading_and_closes_again(service: FakeService) -> None:
    answer = Hosted(STATE_DIR).call("status", {"name": "web"})

    assert answer == {"asked": {"name": "web"}}
    assert (service.opened, service.closed) == (["read"], 1)


def test_a_refusal_comes_through_and_closes_too(service: FakeService) -> None:
    with pytest.raises(ServiceError, match="has no replicas"):
        Hosted(STATE_DIR).call("scale", {"name": "web", "replicas": 2})

    assert (service.opened, service.closed) == (["write"], 1)


def test_a_stream_gives_every_item_in_order(service: FakeService) -> None:
    lines = Hosted(STATE_DIR).stream("logs", {"name": ["web"]})

    assert [line["text"] for line in lines] == [str(number) for number in range(1000)]
    assert service.closed == 1


def test_leaving_a_stream_early_closes_the_service(service: FakeService) -> None:
    lines = Hosted(STATE_DIR).stream("logs", {"name": ["web"]})
    assert isinstance(lines, Iterator)
    next(lines)
    del lines

    assert service.closed == 1


def test_an_error_in_a_stream_comes_after_what_was_said_before(service: FakeService) -> None:
    events = Hosted(STATE_DIR).stream("events", {"follow": True})
    first = next(events)

    with pytest.raises(ServiceError, match="corrupt"):
        next(events)
    assert first == {"id": 1}


def test_without_a_controller_the_question_is_answered_here(service: FakeService) -> None:
    backend = Backend(STATE_DIR, FakeController(status=NotRunning(STATE_DIR)))

    answer = backend.status(name="web")

    assert (answer["asked"]["name"], backend.hosted, service.opened) == ("web", True, ["read"])


def test_a_change_that_nobody_carries_out_yet_says_so(service: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    async def restart(**_: Any) -> dict[str, Any]:
        return {"results": [{"kind": "Container", "namespace": "shop", "name": "web", "outcome": "restarting"}]}

    monkeypatch.setattr(service, "restart", restart, raising=False)

    result = run(FakeController(restart=NotRunning(STATE_DIR)), "restart", "web")

    assert result.stdout == "container/shop/web restarting\n"
    assert result.stderr.startswith("note: no controller runs; this is recorded")
