"""What is to be said of a container's image while the containers themselves are well."""

from collections.abc import Iterator

from reconcilers.world import ContainerWorld, Offer

Statement = tuple[str, bool, str, str]


def statements(world: ContainerWorld) -> Iterator[Statement]:
    """Yield conditions as (type, holds, reason, message); none while there is nothing to say."""
    fact = world.tag or world.image
    if fact.offer is not None and world.on_move != "off":
        yield "ImageOffered", True, "OnlyTold" if world.on_move == "notify" else "Due", _offered(fact.offer)
    if fact.image is not None and fact.failure and not fact.managed:
        yield "ImageRefreshed", False, "PullFailed", f"{fact.failure}; what runs is left as it is"
    if fact.unchecked:
        yield "RegistryAsked", False, "NoAnswer", fact.unchecked


def _offered(offer: Offer) -> str:
    taken = "" if offer.usable_at <= offer.since else f", not to be taken before {offer.usable_at:%Y-%m-%d %H:%M}"
    return f"{offer.text} is in the registry since {offer.since:%Y-%m-%d %H:%M}{taken}"
