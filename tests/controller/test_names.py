"""Names pass from one resource to another, and nobody gets a name that another has."""

import pytest

from controller.errors import ServiceError
from tests.controller.running import Host, Running, container


def named(name: str, container_name: str, **spec: object) -> dict[str, object]:
    return container(name, container_name=container_name, **spec)


@pytest.mark.parametrize("spec", [{}, {"tty": True}])
async def test_two_resources_swap_their_containers_names(host: Host, running: Running, spec: dict[str, object]) -> None:
    await running.apply(named("a", "left"), named("b", "right"))
    await running.until_ready()
    before = (host.id_of("left"), host.id_of("right"))

    await running.apply(named("a", "right", **spec), named("b", "left", **spec))
    await running.until(lambda: host.states() == {"left": "running", "right": "running"}, within_s=60)
    await running.until_ready()

    assert (before == (host.id_of("right"), host.id_of("left"))) is not spec.get("tty", False)


async def test_a_name_is_taken_over_from_a_resource_that_is_deleted(host: Host, running: Running) -> None:
    await running.apply(named("a", "front"))
    await running.until_ready()
    before = host.id_of("front")

    await running.act("delete", "a")
    await running.apply(named("b", "front"))
    await running.until_ready()

    assert host.states() == {"front": "running"}
    assert host.id_of("front") != before


async def test_a_name_that_another_resource_has_is_refused_with_its_owner(running: Running) -> None:
    await running.apply(named("a", "front"), container("web"))

    with pytest.raises(ServiceError, match='Container "b": its name "front" is taken by container/shop/a'):
        await running.apply(named("b", "front"))
    with pytest.raises(ServiceError, match='Container "b": its name "shop-web-1" is taken by container/shop/web'):
        await running.apply(named("b", "shop-web-1"))


async def test_a_name_may_move_within_the_files_of_a_prune(host: Host, running: Running) -> None:
    await running.apply({**named("a", "front"), "source": "/state.yaml"})
    await running.until_ready()

    await running.apply({**named("b", "front"), "source": "/state.yaml"}, sources=["/state.yaml"], prune=True)
    await running.until(lambda: {key.name for key in running.runtime.records.resources} == {"b"})
    await running.until_ready()

    assert host.states() == {"front": "running"}


async def test_a_variable_that_the_controller_lacks_is_refused(running: Running) -> None:
    secret = {**container("db"), "kind": "Secret", "spec": {"env": "SURELY_NOT_SET"}}

    with pytest.raises(ServiceError, match="the variable SURELY_NOT_SET is not set where the controller runs"):
        await running.apply(secret)
