"""Companions over the API: who is there, what they say, and how a question is refused."""

from collections.abc import AsyncIterator

import httpx
import pytest

from container_ci.equipment import EQUIPMENT
from controller.api import make_app
from tests.controller.running import Host, Running, container

pytestmark = pytest.mark.anyio


@pytest.fixture
async def running(host: Host) -> AsyncIterator[Running]:
    async with Running(host, equipment=EQUIPMENT) as running:
        yield running


async def test_companions_are_listed_and_asked_by_any_name(running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    transport = httpx.ASGITransport(make_app(running.runtime, running.service, lambda _: None))
    async with httpx.AsyncClient(transport=transport, base_url="http://ergon") as client:
        listed = (await client.get("/v1/ci", params={"namespace": "shop"})).json()["companions"]
        assert [one["container"] for one in listed] == ["shop-web-1"]
        assert (await client.get("/v1/ci", params={"namespace": "other"})).json() == {"companions": []}

        for name in ("web", "container%2Fshop%2Fweb", "container/shop/web", "shop-web-1", "shop-web-1-container-ci"):
            answered = (await client.post(f"/v1/ci/{name}/query", json={"query": "status"})).json()
            assert [one["topic"] for one in answered["answers"]] == ["status"], name

        refused = await client.post("/v1/ci/web/query", json={"query": "sing"})
        assert (refused.status_code, "can't answer that" in refused.json()["error"]) == (400, True)
        absent = await client.post("/v1/ci/webb/query", json={})
        assert (absent.status_code, absent.json()["hint"]) == (404, 'did you mean "web"?')
