"""What is asked of Docker about containers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docker.errors import APIError
from requests import Timeout

from engine import measuring, observing
from engine.archives import unpacked
from engine.bodies import container_body
from engine.bodies.given import given
from engine.calls import networks
from engine.connection import Wire
from engine.errors import Conflict, Refused
from engine.limits import REMOVE_S, stop_s, whole_seconds
from engine.protocol import Archive, Created, NewContainer
from observed_state.container import Container, ContainerSummary
from observed_state.process import Process
from observed_state.usage import Counters

_SEVERAL_NETWORKS_AT_ONCE = (1, 44)
_STOP_TAKES_A_SIGNAL = (1, 42)
_PLATFORM = (1, 41)
# The daemon finds the container's rows by the column of the pid.
PS_COLUMNS = "-eo pid,ppid,comm,args"
# Before, the daemon waits a second or two for another look.
_ONE_SHOT = (1, 41)


def listed(wire: Wire) -> list[ContainerSummary]:
    """Return every container."""
    return [observing.summary(row) for row in wire.get("/containers/json", {"all": 1})]


def inspected(wire: Wire, container: str) -> Container:
    """Return one container by id or name."""
    return observing.container(wire.get(f"/containers/{container}/json"))


def created(wire: Wire, new: NewContainer) -> Created:
    """Make a container on all its networks, or none at all."""
    body = container_body(new, wire.api_version)
    _inline_seccomp_profiles(body["HostConfig"])
    later = _joined_later(body, wire.api_version)
    platform = new.spec.platform if wire.api_version >= _PLATFORM else None
    reply = wire.post("/containers/create", body, given({"name": new.name, "platform": platform}))
    try:
        for network, endpoint in later.items():
            networks.connect(wire, network, reply["Id"], endpoint)
    except BaseException:
        remove(wire, reply["Id"], True, True)
        raise
    return Created(reply["Id"], tuple(reply.get("Warnings") or ()))


def _joined_later(body: dict[str, Any], api_version: tuple[int, int]) -> dict[str, dict[str, Any]]:
    """Take from the body the networks that this version can't join at creation, and return them."""
    joins = body.get("NetworkingConfig", {}).get("EndpointsConfig", {})
    if api_version >= _SEVERAL_NETWORKS_AT_ONCE or len(joins) < 2:
        return {}
    first, *others = joins
    body["NetworkingConfig"] = {"EndpointsConfig": {first: joins[first]}}
    return {network: joins[network] for network in others}


def _inline_seccomp_profiles(host_config: dict[str, Any]) -> None:
    # The daemon wants the profile itself; the docker command, too, reads the file it is named.
    options = host_config.get("SecurityOpt")
    if options:
        host_config["SecurityOpt"] = [_inlined(option) for option in options]


def _inlined(option: str) -> str:
    path = option.removeprefix("seccomp=").removeprefix("seccomp:")
    if path == option or not path.startswith("/"):
        return option
    try:
        return f"seccomp={Path(path).read_text(encoding='utf-8')}"
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"cannot read the seccomp profile {path}: {error}") from error


def start(wire: Wire, container_id: str) -> None:
    """Start it; 304 says that it runs already."""
    wire.post(f"/containers/{container_id}/start")


def stop(wire: Wire, container_id: str, grace_s: float, signal: str | None) -> None:
    """Stop it; 304 says that it is stopped already."""
    if signal and wire.api_version < _STOP_TAKES_A_SIGNAL:
        _stop_with(wire, container_id, grace_s, signal)
        return
    params = given({"t": whole_seconds(grace_s), "signal": signal})
    wire.post(f"/containers/{container_id}/stop", params=params, timeout=stop_s(grace_s))


def _stop_with(wire: Wire, container_id: str, grace_s: float, signal: str) -> None:
    # Stopped by hand: old engines know only the signal the container was made with.
    try:
        kill(wire, container_id, signal)
        wire.post(f"/containers/{container_id}/wait", timeout=max(grace_s, 0.1))
    except APIError as error:
        if error.status_code != 409:
            raise
    except Timeout:
        pass
    wire.post(f"/containers/{container_id}/stop", params={"t": 0}, timeout=stop_s(0))


def kill(wire: Wire, container_id: str, signal: str) -> None:
    """Send a signal to the main process."""
    wire.post(f"/containers/{container_id}/kill", params={"signal": signal})


def unpause(wire: Wire, container_id: str) -> None:
    """Let its processes go on."""
    wire.post(f"/containers/{container_id}/unpause")


def rename(wire: Wire, container_id: str, name: str) -> None:
    """Give it another name."""
    try:
        wire.post(f"/containers/{container_id}/rename", params={"name": name})
    except APIError as error:
        if "same name as its current name" not in (error.explanation or ""):
            raise


def update(wire: Wire, container_id: str, changes: Mapping[str, Any]) -> tuple[str, ...]:
    """Change limits or the restart policy in place; return the daemon's warnings."""
    reply = wire.post(f"/containers/{container_id}/update", changes)
    return tuple(reply.get("Warnings") or ())


def remove(wire: Wire, container_id: str, force: bool, volumes: bool) -> None:
    """Remove it; return when it is gone, whoever removed it."""
    try:
        wire.delete(f"/containers/{container_id}", {"force": force, "v": volumes}, timeout=REMOVE_S)
    except APIError as error:
        if error.status_code == 404:
            return
        if error.status_code != 409 or "already in progress" not in (error.explanation or ""):
            raise
        _wait_until_removed(wire, container_id)


def _wait_until_removed(wire: Wire, container_id: str) -> None:
    try:
        wire.post(f"/containers/{container_id}/wait", params={"condition": "removed"}, timeout=REMOVE_S)
    except APIError as error:
        if error.status_code != 404:
            raise


def put_archive(wire: Wire, container_id: str, path: str, archive: bytes) -> None:
    """Unpack a tar archive inside the container."""
    wire.put(f"/containers/{container_id}/archive", archive, {"path": path}, timeout=REMOVE_S)


def got_archive(wire: Wire, container_id: str, path: str, limit: int) -> Archive:
    """Return the files at a path inside the container; no more is read than may be."""
    plain = {"Accept-Encoding": "identity"}  # Docker packs archives when it may
    where = f"/containers/{container_id}/archive"
    response = wire.request("GET", where, params={"path": path}, headers=plain, stream=True)
    with response:
        return unpacked(lambda size: bytes(response.raw.read(size)), limit)


def top(wire: Wire, container_id: str) -> list[Process]:
    """Return what the daemon's `ps` shows of it."""
    return observing.processes(wire.get(f"/containers/{container_id}/top", {"ps_args": PS_COLUMNS}))


def stats(wire: Wire, container_id: str) -> Counters:
    """Return what a running container has used so far.

    Raises:
        Conflict: it does not run.
    """
    params = given({"stream": False, "one-shot": True if wire.api_version >= _ONE_SHOT else None})
    found = measuring.counters(wire.get(f"/containers/{container_id}/stats", params))
    if found is None:
        raise Conflict(f"container {container_id[:12]} does not run: there is nothing to measure")
    return found
