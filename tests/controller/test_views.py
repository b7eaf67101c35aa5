"""The JSON shapes of answers are those of the design, field by field."""

import json
from collections.abc import AsyncIterator

import pytest

from tests.controller.running import IMAGE, Host, Running, container

STATUS = ["controller", "engine", "resources", "unmanaged"]
RESOURCE = [
    "kind",
    "namespace",
    "name",
    "generation",
    "observed_generation",
    "ready",
    "phase",
    "reason",
    "message",
    "desired",
    "running",
    "restarts",
    "drift",
    "pause",
    "conditions",
    "instances",
    "schedule",
]
INSTANCE = [
    *("name", "role", "container_id", "state", "health", "exit_code"),
    *("restarts", "started_at", "ports", "services", "finding"),
]
CHANGE = ["kind", "namespace", "name", "action", "effect", "fields", "order", "when", "interruption"]
FIELD = ["path", "declared", "observed", "cause", "since", "evidence"]


@pytest.fixture
async def running(host: Host) -> AsyncIterator[Running]:
    async with Running(host) as running:
        host.docker.run("stranger", IMAGE)
        await running.apply(container("web", ports=["8080:80", "127.0.0.1:9090:90/udp"], mem_limit="64m"))
        await running.until_ready()
        await running.pass_time(10)
        yield running


async def test_status(running: Running) -> None:
    answer = await running.service.status()

    assert list(answer) == STATUS
    assert list(answer["controller"]) == ["running", "pid", "version"]
    assert list(answer["engine"]) == ["reachable", "version", "api_version", "message"]
    assert list(answer["resources"][0]) == RESOURCE
    assert list(answer["resources"][0]["instances"][0]) == INSTANCE
    assert list(answer["unmanaged"][0]) == ["name", "container_id", "image", "state"]


async def test_status_says_what_it_says(host: Host, running: Running) -> None:
    row = await running.row("web")

    [instance] = row["instances"]
    assert (row["ready"], row["phase"], row["desired"], row["running"]) == (True, "Ready", 1, 1)
    assert instance["container_id"] == host.id_of("shop-web-1")
    assert (instance["name"], instance["state"], instance["started_at"]) == (
        "shop-web-1",
        "running",
        "2026-01-01T00:00:00Z",
    )
    assert instance["ports"] == ["8080->80/tcp", "127.0.0.1:9090->90/udp"]


async def test_diff(host: Host, running: Running) -> None:
    await running.act("pause", "web", reason="looking into it")
    host.docker.update("shop-web-1", Memory=32 << 20)
    await running.settle()
    answer = await running.service.diff()

    [change] = answer["changes"]
    assert list(answer) == ["in_sync", "plan", "changes"]
    assert set(CHANGE) <= set(change)
    assert set(FIELD) <= set(change["fields"][0])
    assert (change["action"], change["effect"], answer["in_sync"]) == ("update", "in-place", False)


async def test_describe_and_events(running: Running) -> None:
    described = await running.service.describe(name="web")
    [event, *_] = (await running.service.events(name="web"))["events"]

    assert list(described) == [
        "resource",
        "status",
        "instances",
        "update",
        "runs",
        "changes",
        "events",
        "actions",
        "exits",
    ]
    assert described["resource"]["metadata"]["name"] == "web"
    assert {"id", "time", "type", "kind", "namespace", "name", "reason", "message", "count"} <= set(event)


async def test_everything_is_plain_json(running: Running) -> None:
    answers = [
        await running.service.status(),
        await running.service.diff(),
        await running.service.describe(name="web"),
        await running.service.events(),
        await running.service.doctor(),
        await running.service.plan(documents=[container("new")]),
    ]

    assert [json.loads(json.dumps(answer)) for answer in answers] == answers


async def test_a_namespace_narrows_every_answer(running: Running) -> None:
    here, elsewhere = [await running.service.status(namespace=name) for name in ("shop", "blog")]
    events = await running.service.events(namespace="blog")

    assert [len(here["resources"]), len(elsewhere["resources"]), events["events"]] == [1, 0, []]
