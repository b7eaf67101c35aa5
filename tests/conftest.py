"""What every test needs."""

import atexit
import os
import shutil
import tempfile

import pytest
from hypothesis import settings

from store import sqlite

# How long an example takes says something about the machine only. A checked commit stays checked: its
# examples are few and the same each time; ERGON_HYPOTHESIS=explore looks for new ones.
settings.register_profile("ergon", deadline=None, derandomize=True, max_examples=40)
settings.register_profile("explore", deadline=None, max_examples=400)
settings.load_profile(os.environ.get("ERGON_HYPOTHESIS", "ergon"))

# Files in memory where there is some, but not for a real engine: it keeps its own on disk.
if not {"PYTEST_DEBUG_TEMPROOT", "ERGON_TEST_DOCKER_HOST"} & os.environ.keys() and os.access("/dev/shm", os.W_OK):
    # A folder for each run: runs side by side would tidy each other's away. Its workers inherit the name, which
    # is short because paths of sockets have to be.
    os.environ["PYTEST_DEBUG_TEMPROOT"] = tempfile.mkdtemp(prefix="et", dir="/dev/shm")
    atexit.register(shutil.rmtree, os.environ["PYTEST_DEBUG_TEMPROOT"], ignore_errors=True)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if "ERGON_TEST_DOCKER_HOST" in os.environ:
        return
    for item in items:
        if item.get_closest_marker("docker"):
            item.add_marker(pytest.mark.skip(reason="ERGON_TEST_DOCKER_HOST names no engine; try make test-docker"))


@pytest.fixture(autouse=True)
def stores_do_not_wait_for_the_disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tens of thousands of commits, each waiting for a disk that others use, would be most of a run's time."""
    if not request.node.get_closest_marker("durable"):
        pragmas = tuple(one.replace("synchronous=FULL", "synchronous=OFF") for one in sqlite.WRITER_PRAGMAS)
        monkeypatch.setattr(sqlite, "WRITER_PRAGMAS", pragmas)
