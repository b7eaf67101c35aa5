"""Companions live and die with their containers, and answer for them."""

from pathlib import Path

import pytest

from controller.companions import GUEST_IDLE_S
from controller.errors import ServiceError
from desired_state.container import ContainerSpec
from engine.protocol import NewContainer
from tests.controller.running import IMAGE, Host, Json, Running, container

pytestmark = pytest.mark.anyio


def web(**spec: object) -> Json:
    return container("web", **spec)


async def foreign(host: Host, name: str) -> str:
    spec = ContainerSpec.model_validate({"image": IMAGE})
    return (await host.engine.create_container(NewContainer(name, spec, IMAGE))).id


async def test_each_container_has_a_companion_for_as_long_as_it_is_there(tmp_path: Path) -> None:
    host = Host(tmp_path)
    async with Running(host) as running:
        await running.apply(web(replicas=2))
        await running.until_ready("web")
        listed = (await running.service.ci_list())["companions"]
        assert [one["name"] for one in listed] == ["shop-web-1-container-ci", "shop-web-2-container-ci"]
        assert {one["state"] for one in listed} == {"running"}

        answered = await running.service.ci_query(name="web", query="how are you")
        assert [one["container"] for one in answered["answers"]] == ["shop-web-1", "shop-web-2"]

        host.docker.kill("shop-web-1")
        await running.until_ready("web")
        again = (await running.service.ci_query(name="shop-web-1"))["answers"][0]
        assert again["data"]["state"] == "running"

        await running.act("delete", "web")
        await running.until(lambda: not running.runtime.companions.all())


async def test_a_container_that_is_not_managed_is_a_guest_until_nobody_asks(tmp_path: Path) -> None:
    host = Host(tmp_path)
    container_id = await foreign(host, "redis")
    async with Running(host) as running:
        companions = running.runtime.companions
        answer = (await running.service.ci_query(name="redis-container-ci"))["answers"][0]
        assert (answer["container"], answer["data"]["state"], answer["data"]["resource"]) == ("redis", "created", None)

        await running.pass_time(GUEST_IDLE_S / 2)
        await running.service.ci_query(name=container_id)
        await running.pass_time(GUEST_IDLE_S - 1)
        assert [one.name for one in companions.all()] == ["redis-container-ci"]

        await running.pass_time(2)
        assert companions.all() == []


async def test_who_is_not_there_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    host = Host(tmp_path)
    await foreign(host, "redis")
    async with Running(host) as running:
        with pytest.raises(ServiceError, match='no container "rediss"') as refused:
            await running.service.ci_query(name="rediss")

    assert (refused.value.status, refused.value.hint) == (404, 'did you mean "redis"?')
