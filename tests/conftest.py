"""What every test needs."""

import os

import pytest
from hypothesis import settings

# How long an example takes says something about the machine only.
settings.register_profile("ergon", deadline=None)
settings.load_profile("ergon")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if "ERGON_TEST_DOCKER_HOST" in os.environ:
        return
    for item in items:
        if item.get_closest_marker("docker"):
            item.add_marker(pytest.mark.skip(reason="ERGON_TEST_DOCKER_HOST names no engine; try make test-docker"))
