"""What every test needs."""

import os

import pytest
from hypothesis import settings

# How long an example takes says something about the machine only. A checked commit stays checked: its
# examples are the same each time; ERGON_HYPOTHESIS=explore looks for new ones.
settings.register_profile("ergon", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("ERGON_HYPOTHESIS", "ergon"))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if "ERGON_TEST_DOCKER_HOST" in os.environ:
        return
    for item in items:
        if item.get_closest_marker("docker"):
            item.add_marker(pytest.mark.skip(reason="ERGON_TEST_DOCKER_HOST names no engine; try make test-docker"))
