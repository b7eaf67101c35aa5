"""What is asked of Docker about networks."""

from collections.abc import Mapping, Sequence
from typing import Any

from docker.errors import APIError

from desired_state.container_parts import Join
from desired_state.network import NetworkSpec
from engine import observing
from engine.bodies import endpoint_body, network_body
from engine.connection import Wire
from engine.errors import Conflict
from observed_state.network import Network


def listed(wire: Wire) -> list[Network]:
    """Return every network."""
    return [observing.network(row) for row in wire.get("/networks")]


def inspected(wire: Wire, network: str) -> Network:
    """Return one network by id or name."""
    return observing.network(wire.get(f"/networks/{network}"))


def created(wire: Wire, name: str, spec: NetworkSpec, labels: Mapping[str, str]) -> str:
    """Make a network and return its id."""
    reply = wire.post("/networks/create", network_body(name, spec, labels, wire.api_version))
    return str(reply["Id"])


def remove(wire: Wire, network_id: str) -> None:
    """Remove it, unless it is gone already."""
    try:
        wire.delete(f"/networks/{network_id}")
    except APIError as error:
        if error.status_code == 404:
            return
        if "has active endpoints" in (error.explanation or ""):
            raise Conflict(f"cannot remove network {network_id[:12]}: {error.explanation}") from error
        raise


def join(wire: Wire, network: str, container_id: str, declared: Join, aliases: Sequence[str]) -> None:
    """Join a container to a network as declared, with these aliases besides."""
    connect(wire, network, container_id, endpoint_body(declared, aliases, wire.api_version))


def connect(wire: Wire, network: str, container_id: str, endpoint: Mapping[str, Any]) -> None:
    """Join a container to a network, unless it is on it."""
    body = {"Container": container_id, "EndpointConfig": endpoint}
    try:
        wire.post(f"/networks/{network}/connect", body)
    except APIError as error:
        if "already exists in network" not in (error.explanation or ""):
            raise


def disconnect(wire: Wire, network: str, container_id: str, force: bool) -> None:
    """Take a container off a network, unless it is not on it."""
    try:
        wire.post(f"/networks/{network}/disconnect", {"Container": container_id, "Force": force})
    except APIError as error:
        if "is not connected to" not in (error.explanation or ""):
            raise
