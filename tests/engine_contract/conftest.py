"""The engines under test: the simulated one always, a real daemon where ERGON_TEST_DOCKER_HOST names one."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.busybox import Imported
from tests.engine_contract.bench import Bench, Made
from tests.engine_contract.docker_bench import DockerBench, imported_programs
from tests.engine_contract.simulated_bench import SimulatedBench

HOST = os.environ.get("ERGON_TEST_DOCKER_HOST", "")


@pytest.fixture(scope="session")
def program_images() -> Iterator[Imported]:
    images = imported_programs(HOST)
    yield images
    images.close()


SIMULATED = {"simulated-1.41": (1, 41), "simulated-1.51": (1, 51)}


@pytest.fixture(params=[*SIMULATED, pytest.param("docker", marks=pytest.mark.docker)])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    if request.param in SIMULATED:
        yield SimulatedBench("contract", SIMULATED[request.param])
        return
    if not HOST:
        pytest.skip("ERGON_TEST_DOCKER_HOST names no daemon")
    docker_bench = DockerBench.fresh(HOST, request.getfixturevalue("program_images"))
    yield docker_bench
    await docker_bench.clear()


@pytest.fixture
def made(bench: Bench) -> Made:
    return Made(bench)
