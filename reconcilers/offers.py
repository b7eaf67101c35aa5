"""What a registry has that this engine has not: another image under the same tag, or a newer version in a range."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from desired_state.image_policy import ImagePolicy
from desired_state.image_reference import parse
from desired_state.versions import newest_first
from observed_state.image import Image
from reconcilers.world import Offer


@dataclass(frozen=True, slots=True)
class Choice:
    """Which reference containers are made from, and what is offered beyond it.

    `waits` says why there is none to make them from yet, "" when there is.
    """

    reference: str
    offer: Offer | None = None
    waits: str = ""


def moved_tag(
    reference: str, policy: ImagePolicy | None, image: Image | None, offered: str, since: datetime | None
) -> Offer | None:
    """Return the image that the registry has under a tag, None when it is the one that is here, or not known.

    Args:
        reference: the tag.
        policy: None: the registry is not asked.
        image: what is here; None: nothing, so nothing moved.
        offered: the digest it has in the registry, "" when not known.
        since: since when, as far as is known.
    """
    if policy is None or policy.on_move == "off" or image is None or not offered or since is None:
        return None
    if any(digest.endswith(f"@{offered}") for digest in image.digests):
        return None
    return Offer(reference, since, since + timedelta(seconds=policy.cool_down), offered)


def candidates(reference: str, semver: str, known: Mapping[str, datetime]) -> list[str]:
    """Return the references that may be run instead of the declared one: newer versions in the range, newest first."""
    declared = parse(reference)
    ordered = newest_first({*known, declared.tag}, semver)
    newer = ordered[: ordered.index(declared.tag)] if declared.tag in ordered else ordered
    return [declared.with_tag(tag).familiar for tag in newer]


def chosen_version(
    reference: str, policy: ImagePolicy, known: Mapping[str, datetime], here: Collection[str], now: datetime
) -> Choice:
    """Return the newest version that is here, and what is offered beyond it.

    Args:
        reference: the declared one; what counts while no version in the range is known to be newer.
        policy: with a range.
        known: the tags of the repository, each with the time from which its age counts.
        here: which of the candidates, and whether the declared one, this engine has.
        now: aware, UTC.
    """
    newer = candidates(reference, policy.semver or "", known)
    present = next((one for one in newer if one in here), reference if reference in here else "")
    beyond = newer[: newer.index(present)] if present in newer else newer
    offers = [_offer(one, known, policy) for one in beyond]
    usable = next((offer for offer in offers if offer.usable_at <= now), None)
    offer = usable or min(offers, key=lambda one: one.usable_at, default=None)
    if present:
        return Choice(present, offer)
    if usable:
        return Choice(usable.reference)
    if parse(reference).tag != "latest":
        return Choice(reference, offer)
    if offer:
        return Choice(reference, offer, f"every version in {policy.semver} is younger than its cool-down")
    return Choice(reference, None, f"no version in {policy.semver} is known yet")


def _offer(reference: str, known: Mapping[str, datetime], policy: ImagePolicy) -> Offer:
    since = known[parse(reference).tag]
    return Offer(reference, since, since + timedelta(seconds=policy.cool_down))
