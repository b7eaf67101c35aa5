"""What must be there before a container can be made, and before it may start."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from desired_state.image_policy import refresh_s
from reconcilers.actions import Pull
from reconcilers.parents import missing_parent
from reconcilers.world import ContainerWorld, Holder, ImageFact

# How soon to look whether another resource has given up a name: nobody tells.
NAMES_PASS = timedelta(seconds=1)

WaitState = Literal["acting", "waiting", "crash-looping", "held", "conflict", "completed", "failed"]

_ENOUGH_FOR = {
    "service_started": {"started", "healthy", "completed"},
    "service_healthy": {"healthy"},
    "service_completed_successfully": {"completed"},
}


@dataclass(frozen=True, slots=True)
class Wait:
    """Why nothing is done yet; `until` is when to look again by itself, None: an event will tell."""

    state: WaitState
    reason: str
    message: str
    until: datetime | None = None


def creation_gate(world: ContainerWorld, name: str, now: datetime) -> Wait | Pull | None:
    """Return what stands between a slot and its container: a wait, an image to fetch first, or nothing."""
    if world.refused:
        why = "; ".join(f"{path}: {reason}" for path, reason in world.refused)
        return Wait("held", "NotSupported", f"the engine can not honour {why}")
    if world.exceeds and world.exceeds.denied:
        return Wait("held", "PolicyDenied", f"policy {world.exceeds.profile}: {'; '.join(world.exceeds.why)}")
    if holder := world.holders.get(name):
        return Wait("conflict", "NameTaken", name_taken(holder))
    if sibling := world.siblings.get(name):
        return Wait("waiting", "NameTaken", still_borne(name, sibling), now + NAMES_PASS)
    if world.unreadable:
        return Wait("held", "ContentMissing", world.unreadable)
    return _image_gate(world, now) or _referent_gate(world)


def name_taken(holder: Holder) -> str:
    """Return who has the name that is needed."""
    return f'the name "{holder.name}" is held by container {holder.container_id[:12]}, which is not managed here'


def still_borne(name: str, sibling: str) -> str:
    """Return which other resource of ours has to give the name up first."""
    return f'the name "{name}" is still borne by a container of {sibling}'


def _image_gate(world: ContainerWorld, now: datetime) -> Wait | Pull | None:
    fact = world.image
    # The image that ran, kept while its tag is not to be followed, is not fetched: its name is an id.
    if fact.image is not None and (world.tag is not None or not _must_refresh(world, now)):
        return _renewal_gate(fact)
    if fact.fetching:
        return Wait("acting", "Pulling", f"{fact.fetching} {fact.reference}")
    return _fetch_gate(world, now)


def _fetch_gate(world: ContainerWorld, now: datetime) -> Wait | Pull:
    """Return the fetch of an image that is needed, or what it waits for."""
    fact = world.image
    if fact.managed:
        message = fact.failure or f"image {fact.reference} is not there yet"
        return Wait("waiting", "ImageNotReady", message)
    if world.spec.pull_policy == "never":
        return Wait("held", "ImageMissing", f"image {fact.reference} is not on this engine and pull_policy is never")
    if fact.failure and fact.retry_at is not None and now < fact.retry_at:
        return Wait("waiting", "ImagePullFailed", fact.failure, fact.retry_at)
    if fact.waits:
        return Wait("waiting", "ImageNotReady", fact.waits, fact.offer.usable_at if fact.offer else None)
    return Pull(f"image {fact.reference} is needed", reference=fact.reference, platform=world.spec.platform)


def _renewal_gate(fact: ImageFact) -> Wait | None:
    """Nothing new is made from an image whose successor is about to come, unless that fails."""
    if not fact.renewing:
        return None
    return Wait("waiting", "ImageNotReady", f"image {fact.reference} is about to be renewed")


def _must_refresh(world: ContainerWorld, now: datetime) -> bool:
    """Return whether `pull_policy` asks for a fetch before this creation.

    `always`: one for each revision. A period: only before the first container, and not when that fails: what
    is lost later comes back at once.
    """
    fetched, period = world.image.fetched_at, refresh_s(world.spec.pull_policy)
    if period is not None and not world.instances and not world.image.failure and not world.image.managed:
        return fetched is None or fetched + timedelta(seconds=period) <= now
    return (
        world.spec.pull_policy == "always"
        and not world.image.managed
        and (fetched is None or fetched < world.stored.updated_at)
    )


def _referent_gate(world: ContainerWorld) -> Wait | None:
    for kind, facts in (("network", world.networks), ("volume", world.volumes), ("container", world.parents)):
        for name, fact in facts.items():
            if fact is None:
                return Wait("waiting", "DependencyMissing", f"{kind} {name} is not there yet")
    return None


def start_gate(world: ContainerWorld) -> Wait | None:
    """Return the first dependency that is not far enough, None when all are."""
    if field := missing_parent(world):
        return Wait("waiting", "DependencyNotReady", f"waits for the container it shares {field} with to run")
    for name, dependency in world.spec.depends_on.items():
        fact = world.dependencies.get(name)
        state = fact.state if fact else "missing"
        dispensable = not dependency.required and state in ("missing", "failed")
        if dispensable or state in _ENOUGH_FOR[dependency.condition]:
            continue
        wanted = dependency.condition.removeprefix("service_").replace("_", " ")
        detail = f" ({fact.message})" if fact and fact.message else ""
        reason = "DependencyFailed" if state == "failed" else "DependencyNotReady"
        return Wait("waiting", reason, f"waits for {name} to be {wanted}{detail}")
    return None
