"""Limits under Docker's names: what is declared, the same at creation and in an update."""

from typing import Any

import pytest

from desired_state.container import ContainerSpec
from desired_state.limits import docker_limits, docker_restart_policy

MIB = 1 << 20


def spec(**fields: Any) -> ContainerSpec:
    return ContainerSpec.model_validate({"image": "a", **fields})


def test_only_what_is_declared_is_a_limit_and_swap_goes_with_memory() -> None:
    declared = spec(mem_limit="64M", cpu_shares=512, cpuset="0", blkio_config={"weight": 300}, pids_limit=-1)

    assert docker_limits(declared) == {
        "Memory": 64 * MIB,
        "MemorySwap": 128 * MIB,
        "CpuShares": 512,
        "CpusetCpus": "0",
        "BlkioWeight": 300,
    }
    assert docker_limits(spec()) == {}


@pytest.mark.parametrize(
    ("restart", "policy"),
    [
        ("always", ("no", 0)),
        ("on-failure:3", ("no", 0)),
        ({"policy": "delegated", "docker": "on-failure", "attempts": 3}, ("on-failure", 3)),
        ({"policy": "delegated", "docker": "always"}, ("always", 0)),
    ],
)
def test_docker_restarts_only_what_is_delegated_to_it(restart: Any, policy: tuple[str, int]) -> None:
    assert docker_restart_policy(spec(restart=restart)) == policy
