"""Decide when an image that is here is fetched again: its time has come, or its registry has another one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from desired_state.image_policy import OnMove, refresh_s
from reconcilers.actions import Pull
from reconcilers.moved_images import is_taken
from reconcilers.world import ContainerWorld, ImageFact


@dataclass(frozen=True, slots=True)
class Refresh:
    """The fetch that is due now, or when to look again; neither when nothing is ever due."""

    pull: Pull | None = None
    look_at: datetime | None = None


def refreshed(world: ContainerWorld, now: datetime) -> Refresh:
    """Return what is due about the image of containers; one that an Image resource provides is its business."""
    if world.image.managed or not world.instances:
        return Refresh()
    fact = world.tag or world.image
    taken = is_taken(world.stored, fact.offer)
    return refresh(fact, world.spec.pull_policy, world.on_move, now, platform=world.spec.platform, taken=taken)


def refresh(
    fact: ImageFact,
    pull_policy: str | None,
    on_move: OnMove,
    now: datetime,
    *,
    platform: str | None = None,
    taken: bool = False,
) -> Refresh:
    """Return what is due about an image that is here. What runs from it is not touched by this.

    `taken`: a person said to take what its registry offers, however young it is.
    """
    if fact.image is None or fact.fetching:
        return Refresh()
    if fact.failure and fact.retry_at is not None and now < fact.retry_at:
        return Refresh(look_at=fact.retry_at)
    offer, period = fact.offer, refresh_s(pull_policy)
    if offer is not None and (taken or (on_move == "auto" and offer.usable_at <= now)):
        reason = f"its registry has {offer.text} since {offer.since:%Y-%m-%d %H:%M}"
        return Refresh(Pull(reason, reference=offer.reference, platform=platform))
    if period is not None and (fact.fetched_at is None or fact.fetched_at + timedelta(seconds=period) <= now):
        reason = f"pull_policy is {pull_policy}"
        return Refresh(Pull(reason, reference=fact.reference, platform=platform))
    moments = (
        offer.usable_at if offer is not None and on_move == "auto" else None,
        fact.fetched_at + timedelta(seconds=period) if fact.fetched_at and period is not None else None,
    )
    return Refresh(look_at=min((one for one in moments if one is not None), default=None))
