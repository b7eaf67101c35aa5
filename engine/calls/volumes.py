"""What is asked of Docker about volumes."""

from collections.abc import Mapping

from docker.errors import APIError

from desired_state.volume import VolumeSpec
from engine import observing
from engine.bodies import volume_body
from engine.connection import Wire
from engine.limits import REMOVE_S
from observed_state.volume import Volume


def listed(wire: Wire) -> list[Volume]:
    """Return every volume."""
    return [observing.volume(row) for row in wire.get("/volumes")["Volumes"] or ()]


def inspected(wire: Wire, name: str) -> Volume:
    """Return one volume."""
    return observing.volume(wire.get(f"/volumes/{name}"))


def created(wire: Wire, name: str, spec: VolumeSpec, labels: Mapping[str, str]) -> Volume:
    """Return the volume of that name; Docker answers with the one that exists, if one does."""
    return observing.volume(wire.post("/volumes/create", volume_body(name, spec, labels)))


def remove(wire: Wire, name: str) -> None:
    """Remove it, unless it is gone already."""
    try:
        wire.delete(f"/volumes/{name}", timeout=REMOVE_S)
    except APIError as error:
        if error.status_code != 404:
            raise
