"""Stores to test on. The tables are made once and copied: migrating is the slowest part of opening."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from store import meta, sqlite
from store.database import Store
from tests.store.builders import NOON


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with an empty store in it that nobody has open."""
    folder = tmp_path_factory.mktemp("template")
    Store.open(folder).close()
    return folder


@pytest.fixture
def state_dir(template: Path, tmp_path: Path) -> Path:
    """A state folder of the test's own, with an empty store in it."""
    folder = tmp_path / "state"
    shutil.copytree(template, folder)
    return folder


@pytest.fixture
def database(state_dir: Path) -> Path:
    """The file of the test's store."""
    return state_dir / sqlite.FILE_NAME


@pytest.fixture
def store(state_dir: Path) -> Iterator[Store]:
    with Store.open(state_dir) as opened:
        yield opened


@pytest.fixture
def session(state_dir: Path) -> Iterator[Session]:
    """A session on an empty store, for tests of questions; nothing in it is ever committed."""
    with sqlite.connect_writer(state_dir / sqlite.FILE_NAME) as connection, Session(bind=connection) as opened:
        meta.begin_epoch(opened, NOON)
        yield opened
