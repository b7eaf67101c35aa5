"""What differs because a reference has come to mean another image than a container was made from."""

from collections.abc import Iterator

from observed_state.instance import Instance
from reconcilers.decision import Effect, FieldChange
from reconcilers.world import ContainerWorld


def compare(world: ContainerWorld, instance: Instance) -> Iterator[FieldChange]:
    """Yield the image that counts now, here or (under `notify`) in its registry, when it is another one, or none."""
    now, offer = world.image.image, world.image.offer
    made_from = instance.resolved.get("image_id", "")
    if not made_from or world.on_move == "off" or instance.generation != world.stored.generation:
        return
    before = _text(str(instance.resolved.get("image") or world.image.reference), made_from)
    if now is None:
        # What runs goes on running without its image; another could not be made from it.
        yield FieldChange("spec.image", before, "no such image any more", "image", "none")
    elif now.id != made_from:
        effect: Effect = "recreate" if world.on_move == "auto" else "none"
        yield FieldChange("spec.image", _text(world.image.reference, now.id), before, "image", effect)
    elif offer is not None and world.on_move == "notify":
        yield FieldChange("spec.image", offer.text, before, "image", "none")


def _text(reference: str, image_id: str) -> str:
    return f"{reference}@{image_id.removeprefix('sha256:')[:12]}"
