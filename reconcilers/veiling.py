"""Whether a successor keeps the service's names from the start, and in which order it takes its predecessor's place."""

from reconcilers.decision import FieldChange
from reconcilers.world import ContainerWorld


def starts_veiled(world: ContainerWorld) -> bool:
    """Return whether a successor joins its networks without the service's names until it is ready.

    Getting them later is a short cut of its network, so it is done only where it helps: not for what
    nothing asks whether it is ready, nor for what is reached through published ports from its start.
    """
    pace = world.pace
    if pace.order == "stop-first" or not world.spec.joins:
        return False
    return pace.blue_green or (not world.spec.ports and _is_asked_whether_ready(world))


def _is_asked_whether_ready(world: ContainerWorld) -> bool:
    spec, image = world.spec, world.image.image
    if spec.probes is not None and (spec.probes.readiness or spec.probes.startup):
        return True
    if spec.healthcheck is not None:
        return not spec.healthcheck.disable and spec.healthcheck.test != ["NONE"]
    return image is not None and bool(image.config.get("Healthcheck"))


def order_change(world: ContainerWorld) -> tuple[FieldChange, ...]:
    """Return what `diff` says where start-first was asked for and can't be."""
    pace = world.pace
    if not pace.obstacle:
        return ()
    return (FieldChange("spec.update.order", "start-first", "stop-first", "spec", "none", evidence=pace.obstacle),)
