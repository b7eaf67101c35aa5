"""What every engine promises about networks and a container's place on them."""

import pytest

from desired_state.container_parts import Join
from desired_state.network import NetworkSpec
from engine.errors import Conflict, NotFound, Refused, StartFailed
from tests.engine_contract.bench import Made

NOTHING = NetworkSpec()
NOBODY = "f" * 64


async def network(made: Made, name: str, spec: NetworkSpec = NOTHING) -> str:
    return await made.engine.create_network(made.name(name), spec, {})


def pool(subnet: str) -> NetworkSpec:
    return NetworkSpec.model_validate({"ipam": {"config": [{"subnet": subnet}]}})


async def test_a_network_is_observed_as_declared(made: Made) -> None:
    spec = NetworkSpec.model_validate(
        {
            "internal": True,
            "labels": {"tier": "back"},
            "driver_opts": {"com.docker.network.bridge.name": "ergct0"},
            "ipam": {"config": [{"subnet": "10.213.7.0/24", "gateway": "10.213.7.254", "ip_range": "10.213.7.0/25"}]},
        }
    )

    network_id = await made.engine.create_network(made.name("back"), spec, {"ergon.dev/kind": "Network"})

    found = await made.engine.inspect_network(network_id)
    assert (found.id, found.name, found.driver, found.internal) == (network_id, made.name("back"), "bridge", True)
    assert found.labels == {"tier": "back", "ergon.dev/kind": "Network"}
    assert found.options["com.docker.network.bridge.name"] == "ergct0"
    assert [(pool.subnet, pool.gateway, pool.ip_range) for pool in found.subnets] == [
        ("10.213.7.0/24", "10.213.7.254", "10.213.7.0/25")
    ]


async def test_a_network_is_found_by_name_and_listed(made: Made) -> None:
    network_id = await network(made, "front")

    assert (await made.engine.inspect_network(made.name("front"))).id == network_id
    assert network_id in {found.id for found in await made.engine.list_networks()}


async def test_a_second_network_of_a_name_is_a_conflict(made: Made) -> None:
    await network(made, "front")

    with pytest.raises(Conflict, match="already exists"):
        await network(made, "front")


async def test_a_subnet_in_use_is_refused(made: Made) -> None:
    await network(made, "a", pool("10.213.8.0/24"))

    with pytest.raises(Refused, match="Pool overlaps"):
        await network(made, "b", pool("10.213.8.0/25"))


async def test_a_removed_network_is_gone_and_may_be_removed_again(made: Made) -> None:
    network_id = await network(made, "front")

    await made.engine.remove_network(network_id)
    await made.engine.remove_network(network_id)

    with pytest.raises(NotFound):
        await made.engine.inspect_network(network_id)


async def test_a_network_in_use_is_not_removed(made: Made) -> None:
    network_id = await network(made, "front")
    await made.running("web", on=("front",))

    with pytest.raises(Conflict, match="active endpoints"):
        await made.engine.remove_network(network_id)


async def test_a_running_container_is_on_its_networks_with_its_aliases(made: Made) -> None:
    front, back = await network(made, "front"), await network(made, "back")
    container_id = await made.running("web", on=("front", "back"), aliases=("web",))

    container = await made.engine.inspect_container(container_id)

    attached = {name: (at.network_id, at.aliases) for name, at in container.networks.items()}
    assert attached == {made.name("front"): (front, ("web",)), made.name("back"): (back, ("web",))}
    assert all(at.ipv4 for at in container.networks.values())
    assert container_id in (await made.engine.inspect_network(front)).containers


async def test_declared_aliases_and_addresses_are_observed(made: Made) -> None:
    await network(made, "front", pool("10.213.9.0/24"))
    container_id = await made.created(
        "web", networks={"front": {"aliases": ["site"], "ipv4_address": "10.213.9.50"}}, on=("front",), aliases=("web",)
    )

    await made.engine.start_container(container_id)

    attached = (await made.engine.inspect_container(container_id)).networks[made.name("front")]
    assert attached.aliases == ("site", "web")
    assert (attached.static_ipv4, attached.ipv4) == ("10.213.9.50", "10.213.9.50")


async def test_a_container_of_several_networks_reads_the_same_after_its_start(made: Made) -> None:
    await network(made, "front")
    await network(made, "back")
    container_id = await made.created("web", on=("front", "back"), aliases=("web",))
    before = await made.engine.inspect_container(container_id)

    await made.engine.start_container(container_id)

    after = await made.engine.inspect_container(container_id)
    assert {name: at.aliases for name, at in before.networks.items()} == {
        name: at.aliases for name, at in after.networks.items()
    }


async def test_a_container_whose_second_network_is_missing_is_not_left_behind(made: Made) -> None:
    await network(made, "front")

    with pytest.raises(NotFound, match="missing"):
        await made.running("web", on=("front", "missing"))

    # Engines that join all networks at once notice at the start only.
    left = [row for row in await made.engine.list_containers() if row.name == made.name("web")]
    assert all(row.state == "created" for row in left)


async def test_a_container_can_join_and_leave_while_it_runs(made: Made) -> None:
    back = await network(made, "back")
    container_id = await made.running("web")

    await made.engine.connect(back, container_id, aliases=("web",), join=Join(aliases=["site"]).declared())
    joined = (await made.engine.inspect_container(container_id)).networks
    await made.engine.disconnect(back, container_id)

    assert joined[made.name("back")].aliases == ("site", "web")
    assert made.name("back") not in (await made.engine.inspect_container(container_id)).networks


async def test_joining_twice_is_fine_and_keeps_the_first_aliases(made: Made) -> None:
    back = await network(made, "back")
    container_id = await made.running("web")
    await made.engine.connect(back, container_id, aliases=("first",))

    await made.engine.connect(back, container_id, aliases=("second",))

    container = await made.engine.inspect_container(container_id)
    assert container.networks[made.name("back")].aliases == ("first",)


async def test_leaving_a_network_it_is_not_on_is_fine(made: Made) -> None:
    back = await network(made, "back")
    container_id = await made.running("web")

    await made.engine.disconnect(back, container_id)

    assert made.name("back") not in (await made.engine.inspect_container(container_id)).networks


async def test_joining_needs_both_to_be_there(made: Made) -> None:
    back = await network(made, "back")
    container_id = await made.running("web")

    with pytest.raises(NotFound):
        await made.engine.connect(NOBODY, container_id)
    with pytest.raises(NotFound):
        await made.engine.connect(back, NOBODY)


async def test_a_container_can_share_the_network_of_another(made: Made) -> None:
    parent = await made.running("parent")
    child = await made.created("child", network_mode="service:parent", parents={"parent": parent})

    await made.engine.start_container(child)

    container = await made.engine.inspect_container(child)
    assert container.network_mode == f"container:{parent}"
    assert container.networks == {}


async def test_a_container_cant_share_the_network_of_one_that_does_not_run(made: Made) -> None:
    parent = await made.created("parent")
    child = await made.created("child", network_mode="service:parent", parents={"parent": parent})

    with pytest.raises((Conflict, StartFailed), match="non running container"):
        await made.engine.start_container(child)
