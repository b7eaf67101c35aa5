"""What differs because a reference has come to mean another image than a container was made from."""

from collections.abc import Iterator

from desired_state.approval import Approval, declared_in
from desired_state.resource import Stored
from observed_state.image import Image
from observed_state.instance import Instance
from reconcilers.decision import FieldChange
from reconcilers.world import ContainerWorld, Offer

PATH = "spec.image"


def compare(world: ContainerWorld, instance: Instance) -> Iterator[FieldChange]:
    """Yield the image that counts now, here or (under `notify`) in its registry, when it is another one, or none.

    Under `notify` a person has to say that it is to be taken. One that an Image resource provides is taken there first.
    """
    fact = world.tag or world.image
    made_from = instance.resolved.get("image_id", "")
    if not made_from or world.on_move == "off" or instance.generation != world.stored.generation:
        return
    reference = str(instance.resolved.get("image") or fact.reference)
    before = _with_id(fact.reference if "@" in reference or reference == made_from else reference, made_from)
    # What runs again after an update that was given up is known: nobody is asked about that.
    asks = world.on_move == "notify" and world.declared is None
    if fact.image is None:
        # What runs goes on running without its image; another could not be made from it.
        yield FieldChange(PATH, before, "no such image any more", "image", "none")
    elif fact.image.id != made_from:
        now = fact.reference if _is_version(fact.reference, reference) else meaning(fact.reference, fact.image)
        yield FieldChange(PATH, now, before, "image", "recreate", policy="ask" if asks else "enforce")
    elif fact.offer is not None and asks and fact.managed:
        yield FieldChange(PATH, fact.offer.text, before, "image", "none", policy="alert")
    elif fact.offer is not None and asks:
        yield FieldChange(PATH, fact.offer.text, before, "image", "recreate", policy="ask")


def meaning(reference: str, image: Image) -> str:
    """Return a reference with what tells its image from another one, in the words of an offer from its registry."""
    digest = image.digest_for(reference).partition("@")[2]
    return _with_id(reference, digest or image.id)


def is_taken(stored: Stored, offer: Offer | None) -> bool:
    """Return whether a person said to take what a registry offers."""
    if offer is None:
        return False
    return any(word.verdict == "repair" and declared_in(word.difference) == offer.text for word in stored.approvals)


def words_for_image(stored: Stored) -> list[Approval]:
    """Return a person's words that containers of this resource are to take the image of now."""
    return [word for word in stored.approvals if word.verdict == "repair" and word.path == PATH]


def _is_version(now: str, before: str) -> bool:
    """Return whether another tag of the same repository counts now; a range of versions leads there."""
    return "@" not in before and now != before and now.rpartition(":")[0] == before.rpartition(":")[0]


def _with_id(reference: str, image_id: str) -> str:
    return f"{reference}@{image_id.removeprefix('sha256:')[:12]}"
