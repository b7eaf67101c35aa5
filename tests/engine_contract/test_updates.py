"""What can change on a living container, and what an update can't say (Docker Engine API, ContainerUpdate)."""

from typing import Any

import pytest

from engine.errors import Refused
from observed_state.container import RestartPolicy
from tests.engine_contract.bench import Made

MIB = 1 << 20


async def resources_after(made: Made, changes: dict[str, Any], **spec: Any) -> dict[str, Any]:
    container_id = await made.running("web", **spec)
    await made.engine.update_container(container_id, changes)
    return dict((await made.engine.inspect_container(container_id)).resources)


async def test_a_memory_limit_brings_twice_as_much_swap(made: Made) -> None:
    container = await made.engine.inspect_container(await made.created("web", mem_limit="64M"))

    assert container.resources == {"Memory": 64 * MIB, "MemorySwap": 128 * MIB}


async def test_a_container_without_limits_has_none(made: Made) -> None:
    assert (await made.engine.inspect_container(await made.created("web"))).resources == {}


async def test_limits_are_observed_as_declared(made: Made) -> None:
    container_id = await made.created(
        "web", cpus=0.5, cpu_shares=512, pids_limit=50, mem_limit="64M", memswap_limit="96M"
    )

    container = await made.engine.inspect_container(container_id)
    assert container.resources == {
        "NanoCpus": 500_000_000,
        "CpuShares": 512,
        "PidsLimit": 50,
        "Memory": 64 * MIB,
        "MemorySwap": 96 * MIB,
    }


async def test_memory_grows_below_the_swap_limit_by_itself(made: Made) -> None:
    after = await resources_after(made, {"Memory": 100 * MIB}, mem_limit="64M")

    assert (after["Memory"], after["MemorySwap"]) == (100 * MIB, 128 * MIB)


async def test_memory_above_the_swap_limit_is_refused_alone(made: Made) -> None:
    with pytest.raises(Refused, match="memoryswap"):
        await resources_after(made, {"Memory": 200 * MIB}, mem_limit="64M")


async def test_memory_grows_together_with_swap(made: Made) -> None:
    after = await resources_after(made, {"Memory": 200 * MIB, "MemorySwap": 400 * MIB}, mem_limit="64M")

    assert after == {"Memory": 200 * MIB, "MemorySwap": 400 * MIB}


async def test_unlimited_swap_is_kept_as_minus_one(made: Made) -> None:
    after = await resources_after(made, {"MemorySwap": -1}, mem_limit="64M")

    assert after == {"Memory": 64 * MIB, "MemorySwap": -1}


@pytest.mark.parametrize("nothing", [{"Memory": 0}, {"NanoCpus": 0}, {"CpuShares": 0}, {"CpusetCpus": ""}])
async def test_a_zero_changes_nothing(made: Made, nothing: dict[str, Any]) -> None:
    limits = {"mem_limit": "64M", "cpus": 0.5, "cpu_shares": 512, "cpuset": "0"}

    after = await resources_after(made, nothing, **limits)

    assert after == {
        "Memory": 64 * MIB,
        "MemorySwap": 128 * MIB,
        "NanoCpus": 500_000_000,
        "CpuShares": 512,
        "CpusetCpus": "0",
    }


async def test_less_memory_than_docker_allows_is_refused(made: Made) -> None:
    with pytest.raises(Refused, match="6MB"):
        await resources_after(made, {"Memory": -1}, mem_limit="64M")


@pytest.mark.parametrize("lifted", [0, -1])
async def test_the_limit_on_processes_can_be_lifted(made: Made, lifted: int) -> None:
    assert await resources_after(made, {"PidsLimit": lifted}, pids_limit=50) == {}


async def test_processors_and_weights_change_in_place(made: Made) -> None:
    after = await resources_after(made, {"NanoCpus": 1_500_000_000, "CpuShares": 256}, cpus=0.5)

    assert after == {"NanoCpus": 1_500_000_000, "CpuShares": 256}


async def test_a_container_that_does_not_run_can_be_updated(made: Made) -> None:
    container_id = await made.created("web")

    await made.engine.update_container(container_id, {"CpuShares": 512})

    assert (await made.engine.inspect_container(container_id)).resources == {"CpuShares": 512}


async def test_dockers_own_policy_is_no_unless_restarts_are_delegated(made: Made) -> None:
    ours = await made.engine.inspect_container(await made.created("ours", restart="always"))
    dockers = await made.engine.inspect_container(
        await made.created("dockers", restart={"policy": "delegated", "docker": "on-failure", "attempts": 3})
    )

    assert ours.restart_policy == RestartPolicy("no")
    assert dockers.restart_policy == RestartPolicy("on-failure", 3)


@pytest.mark.parametrize(("sent", "read"), [("unless-stopped", "unless-stopped"), ("no", "no"), ("", "no")])
async def test_the_restart_policy_changes_in_place(made: Made, sent: str, read: str) -> None:
    container_id = await made.running("web")

    await made.engine.update_container(container_id, {"RestartPolicy": {"Name": sent, "MaximumRetryCount": 0}})

    assert (await made.engine.inspect_container(container_id)).restart_policy == RestartPolicy(read)


async def test_an_update_changes_the_named_fields_only(made: Made) -> None:
    container_id = await made.running("web", mem_limit="64M", cpu_shares=512)
    before = await made.engine.inspect_container(container_id)

    await made.engine.update_container(container_id, {"CpuShares": 256})

    after = await made.engine.inspect_container(container_id)
    assert after.resources == {**before.resources, "CpuShares": 256}
    assert (after.pid, after.started_at, after.frozen) == (before.pid, before.started_at, before.frozen)
