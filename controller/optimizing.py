"""What declares the limits that follow from measured use, when a person says so."""

from dataclasses import dataclass, field
from typing import Any

from container_ci.sizing.optimizing import applicable
from controller import views
from controller.errors import ServiceError
from controller.runtime import Runtime
from desired_state.container import ContainerSpec
from desired_state.key import Key
from desired_state.limits import with_limits

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Optimized:
    """The limits to declare, and the document that does; both are empty where nothing is recommended."""

    message: str
    limits: dict[str, float] = field(default_factory=dict)
    documents: tuple[Json, ...] = ()


def optimized(runtime: Runtime, key: Key) -> Optimized:
    """Return how a resource would be declared as it is recommended; nothing provisional is part of it.

    Raises:
        ServiceError: it has no limits, or was not measured yet.
    """
    stored = runtime.records.resources[key]
    spec = stored.resource.spec
    if not isinstance(spec, ContainerSpec):
        raise ServiceError(f"{key} is no container", "only containers have limits")
    sizing = runtime.scaling.sizing(key, spec, runtime.clock.now())
    if sizing is None:
        raise ServiceError(f"{key} was not measured yet", "a controller measures what runs; ask again later", 409)
    limits = applicable(sizing)
    if not limits:
        return Optimized(sizing.message)
    document = views.document(stored) | {"spec": with_limits(spec.declared(), limits)}
    return Optimized(sizing.message, limits, (document,))
