"""The revisions of a resource, and how it drifted over time."""

from typing import Any

import pytest

from controller.errors import ServiceError
from tests.controller.running import IMAGE, OTHER_IMAGE, Host, Running, container

Json = dict[str, Any]


async def up(running: Running, **spec: Any) -> None:
    await running.apply(container("web", **spec), actor="ann")
    await running.until_ready()
    await running.pass_time(30)


async def revisions(running: Running) -> list[Json]:
    answer = await running.service.history(name="web")
    found: list[Json] = answer["revisions"]
    return found


async def test_revisions_say_what_changed_and_what_they_ran_with(running: Running) -> None:
    await up(running)
    await up(running, image=OTHER_IMAGE)

    newest, first = await revisions(running)

    assert newest["changes"] == [{"path": "spec.image", "old": IMAGE, "new": OTHER_IMAGE}]
    assert [one["reference"] for one in newest["images"]] == [OTHER_IMAGE]
    assert (newest["current"], newest["running"], first["current"], first["running"]) == (True, 1, False, 0)


async def test_the_history_of_what_was_deleted_is_kept(running: Running) -> None:
    await up(running)
    await running.act("delete", "web")
    await running.pass_time(60)

    [only] = await revisions(running)

    assert only["deleted_at"]
    assert not only["current"]


async def test_a_name_that_never_was_is_refused(running: Running) -> None:
    await up(running)

    with pytest.raises(ServiceError, match='nothing named "wob"') as refused:
        await running.service.history(name="wob")

    assert refused.value.hint == 'did you mean "web"?'


async def drifted(running: Running) -> list[tuple[str, str, bool]]:
    answer = await running.service.drift(name="web")
    return [(row["path"], row["resolution"], row["resolved_at"] is not None) for row in answer["drift"]]


async def test_drift_that_ergon_repaired_says_so_with_what_shows_it(host: Host, running: Running) -> None:
    await up(running, mem_limit="128M")
    host.docker.update("shop-web-1", Memory=64 << 20, MemorySwap=128 << 20)
    await running.pass_time(5)

    answer = await running.service.drift(name="web")
    row = next(row for row in answer["drift"] if row["path"] == "spec.mem_limit")

    assert (row["resolution"], "docker container update" in row["evidence"]) == ("repaired by Ergon", True)


async def test_drift_that_was_undone_by_hand_says_so(host: Host, running: Running) -> None:
    await up(running, mem_limit="128M", drift={"default": "alert"})
    host.docker.update("shop-web-1", PidsLimit=50)
    await running.pass_time(60)
    still = await drifted(running)
    host.docker.update("shop-web-1", PidsLimit=0)
    await running.pass_time(60)

    assert still == [("spec.pids_limit", "", False)]
    assert await drifted(running) == [("spec.pids_limit", "undone outside Ergon", True)]


async def test_drift_that_was_declared_is_accepted(host: Host, running: Running) -> None:
    await up(running, drift={"default": "alert"})
    host.docker.update("shop-web-1", PidsLimit=50)
    await running.pass_time(60)
    await up(running, drift={"default": "alert"}, pids_limit=50)

    assert await drifted(running) == [("spec.pids_limit", "accepted by generation 2", True)]


async def test_drift_that_is_to_be_ignored_ends_so(host: Host, running: Running) -> None:
    await up(running, drift={"default": "alert"})
    host.docker.update("shop-web-1", PidsLimit=50)
    await running.pass_time(60)
    await up(running, drift={"default": "alert", "ignore": ["spec.pids_limit"]})

    assert await drifted(running) == [("spec.pids_limit", "ignored from now on", True)]


async def test_drift_is_listed_since_a_time(host: Host, running: Running) -> None:
    await up(running, mem_limit="128M")
    host.docker.update("shop-web-1", Memory=64 << 20, MemorySwap=128 << 20)
    await running.pass_time(600)
    since = running.clock.now().isoformat()

    recent = await running.service.drift(name="web", since=since)

    assert recent["drift"] == []
    assert (await running.service.drift(name="web"))["drift"] != []
