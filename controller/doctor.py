"""Look at everything Ergon stands on, and say what is wrong and how to mend it."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from controller.client import socket_path
from controller.runtime import Runtime
from engine.errors import EngineError, PermissionDenied
from engine.hosts import resolve_host
from reconcilers.naming import STORE_LABEL

Json = dict[str, Any]
_OLDEST_TRIED = (1, 41)


async def checks(runtime: Runtime, *, live: bool) -> list[Json]:
    """Return one row per thing looked at."""
    return [row async for row in _rows(runtime, live)]


async def _rows(runtime: Runtime, live: bool) -> AsyncIterator[Json]:
    yield await _engine(runtime)
    if runtime.link.info is not None:
        version = runtime.link.info.api_version
        good = version >= _OLDEST_TRIED
        text = "{}.{}".format(*version)
        yield _row(
            "docker-api", good, f"speaks Docker API {text}", "" if good else "Ergon is tried with API 1.41 and later"
        )
        yield _other_stores(runtime)
    yield _store(runtime)
    yield _folder(runtime.store.path.parent)
    yield _controller(runtime, live)
    yield _packages()


async def _engine(runtime: Runtime) -> Json:
    host = resolve_host()
    where = f"{host.url} (from {host.source})"
    try:
        await runtime.engine.ping()
        info = await runtime.engine.info()
    except PermissionDenied as error:
        return _row("docker", False, error.message, "run as root or as a member of the docker group")
    except EngineError as error:
        return _row("docker", False, f"{where}: {error.message}", "start Docker, or point DOCKER_HOST at it")
    return _row("docker", True, f"Docker {info.version} answers at {where}")


def _other_stores(runtime: Runtime) -> Json:
    """Containers labelled by another store: two Ergons share this daemon, or this store is new."""
    mine = runtime.records.store_id
    foreign = [row.name for row in runtime.observed.summaries.values() if row.labels.get(STORE_LABEL, mine) != mine]
    if not foreign:
        return _row("ownership", True, "no other Ergon's containers here")
    message = f"{len(foreign)} containers belong to another Ergon store, such as {foreign[0]}"
    return _row("ownership", False, message, "use that store's state folder (ERGON_STATE_DIR), or remove them")


def _store(runtime: Runtime) -> Json:
    path = runtime.store.path
    if runtime.board.store_message:
        return _row("store", False, runtime.board.store_message, "free space or mend permissions; nothing is lost")
    return _row("store", True, f"{path} is sound: {len(runtime.records.resources)} resources")


def _folder(state_dir: Path) -> Json:
    mode = state_dir.stat().st_mode & 0o777
    if mode & 0o077:
        return _row("state-folder", False, f"{state_dir} is open to others (mode {mode:o})", f"chmod 700 {state_dir}")
    if not os.access(state_dir, os.W_OK):
        return _row("state-folder", False, f"{state_dir} can not be written", "mend its owner or set ERGON_STATE_DIR")
    return _row("state-folder", True, f"{state_dir} is private and writable")


def _controller(runtime: Runtime, live: bool) -> Json:
    socket = socket_path(runtime.store.path.parent)
    if live:
        return _row("controller", True, f"runs as process {os.getpid()} and listens on {socket}")
    return _row(
        "controller",
        False,
        "no controller runs: nothing is kept as declared",
        "start one with `ergon up` or `ergon run`",
    )


def _packages() -> Json:
    """Our folders have general names: say when another one is found first."""
    import store  # noqa: PLC0415 - asks where it would be imported from

    home = Path(__file__).parent.parent
    found = Path(str(store.__file__)).parent.parent
    if found != home:
        return _row(
            "packages",
            False,
            f"store is imported from {found}, not {home}",
            "install Ergon in an environment of its own",
        )
    return _row("packages", True, f"installed in {home}")


def _row(name: str, ok: bool, message: str, fix: str = "") -> Json:
    return {"name": name, "ok": ok, "message": message, "fix": fix}
