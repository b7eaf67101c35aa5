"""Answer questions without a running controller: open what is needed, ask once, close it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Literal

from controller.clock import SystemClock
from controller.errors import ServiceError
from controller.runtime import build
from controller.service import Service
from engine.docker import DockerEngine
from store.database import Store
from store.errors import StoreError, StoreLocked, StoreMissing


@asynccontextmanager
async def hosted(state_dir: Path, mode: Literal["read", "write"]) -> AsyncIterator[Service]:
    """Open a service in this process. Reading takes no lock; writing takes it for as long as the block lasts.

    Raises:
        ServiceError: the store can't be opened; says why and what to do.
    """
    store = _opened(state_dir, mode)
    engine = DockerEngine()
    try:
        runtime = build(store, engine, SystemClock(), Random())  # noqa: S311 - jitter
        await runtime.load()
        await runtime.look()
        yield Service(runtime, live=False)
    finally:
        await engine.aclose()
        await store.aclose()


def _opened(state_dir: Path, mode: Literal["read", "write"]) -> Store:
    try:
        if mode == "write":
            return Store.open(state_dir)
        try:
            return Store.open_readonly(state_dir)
        except StoreMissing:
            # Nothing was ever declared here: an empty store answers that just as well.
            return Store.open(state_dir)
    except StoreLocked as error:
        raise ServiceError(str(error), "wait for it to end, or ask it: `ergon status`", 409) from error
    except StoreError as error:
        raise ServiceError(str(error), "`ergon doctor` says more", 503) from error
