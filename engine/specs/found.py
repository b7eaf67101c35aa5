"""All that Docker holds of one container, as the fields of a spec."""

from collections.abc import Mapping
from typing import Any

from engine.bodies.given import filled
from engine.specs.config import config_fields
from engine.specs.host import host_fields
from engine.specs.limits import limit_fields
from engine.specs.mounts import mount_fields
from engine.specs.networking import networking_fields
from observed_state.container import Container

Names = Mapping[str, str]


def container_fields(container: Container, names: Names | None = None) -> dict[str, Any]:
    """Return the fields of the spec that would make this container, what its image and the daemon add included.

    The image itself, the restart policy and what only Ergon knows (replicas, probes) are not among them.

    Args:
        container: as inspected.
        names: names of other containers by id; what is shared with one of them is shared by name.
    """
    fields = (
        config_fields(container)
        | host_fields(container, names or {})
        | limit_fields(container)
        | mount_fields(container, names or {})
        | networking_fields(container, names or {})
    )
    return filled(fields)
