"""Hosts to run controllers on. The store's tables are made once and copied: migrating is the slowest part."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from store.database import Store
from tests.controller.running import Host, Running


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with an empty store in it that nobody has open."""
    folder = tmp_path_factory.mktemp("template")
    Store.open(folder).close()
    return folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of the test's own, in memory where there is one: a disk that others use makes every commit wait."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as name:
        yield Path(name)


@pytest.fixture
def state_dir(empty_store: Path, folder: Path) -> Path:
    """A state folder of the test's own, with an empty store in it."""
    return Path(shutil.copytree(empty_store, folder / "state"))


@pytest.fixture
def host(state_dir: Path) -> Host:
    return Host(state_dir)


@pytest.fixture
async def running(host: Host) -> AsyncIterator[Running]:
    """A controller that runs, on a host where nothing is declared yet."""
    async with Running(host) as running:
        yield running
