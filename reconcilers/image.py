"""Decide what one image needs: to be fetched or built, or nothing."""

from datetime import datetime

from observed_state.status import Status
from reconcilers.actions import Action, BuildImage, FinishDeletion, Pull
from reconcilers.decision import Change, Decision, FieldChange
from reconcilers.outlook import of_single
from reconcilers.pausing import hands_off
from reconcilers.summary import single_status
from reconcilers.world import ImageWorld


def plan(world: ImageWorld, now: datetime) -> Decision:
    """Return what makes the declared image available to its containers."""
    return hands_off(of_single(_plan(world, now)), world.stored, now)


def _plan(world: ImageWorld, now: datetime) -> Decision:
    if world.stored.deleting_since is not None:
        return _delete(world)
    need = _need(world)
    if need is None:
        return Decision(_status(world, "Ready"))
    return _provide(world, need, now)


def _delete(world: ImageWorld) -> Decision:
    if world.used_by:
        return Decision(_status(world, "Deleting", "InUse", f"still used by {', '.join(world.used_by)}"))
    return Decision(_status(world, "Deleting"), (FinishDeletion("images stay; they may serve others"),))


def _provide(world: ImageWorld, need: FieldChange, now: datetime) -> Decision:
    fact = world.fact
    changes = (Change(world.stored.key, "create" if fact.image is None else "update", "none", (need,)),)
    if _never_fetched(world):
        message = f"image {fact.reference} is not on this engine and pull_policy is never"
        return Decision(_status(world, "Held", "ImageMissing", message), (), changes)
    if fact.failure and fact.retry_at is not None and now < fact.retry_at:
        return Decision(_status(world, "Pending", "ImageFailed", fact.failure), (), changes, fact.retry_at)
    status = _status(world, "Progressing", "Building" if world.spec.build else "Pulling")
    return Decision(status, (_fetch(world, need),), changes)


def _need(world: ImageWorld) -> FieldChange | None:
    """Return why the image has to be fetched or built, None when it is there and current."""
    fact, record, generation = world.fact, world.record, world.stored.generation
    if fact.image is None:
        return FieldChange("status.state", fact.reference, "absent", "drift" if record else "missing", "none")
    if _never_fetched(world):
        return None
    if record is None:
        first_look = world.spec.build is not None or world.spec.pull_policy == "always"
        return FieldChange("spec", fact.reference, "not fetched yet", "spec", "none") if first_look else None
    if record.generation == generation:
        return None
    return FieldChange("spec", f"generation {generation}", f"generation {record.generation}", "spec", "none")


def _never_fetched(world: ImageWorld) -> bool:
    return world.spec.build is None and world.spec.pull_policy == "never"


def _fetch(world: ImageWorld, need: FieldChange) -> Action:
    reason = f"{need.path} is {need.observed}, should be {need.declared}"
    if world.spec.build is not None:
        return BuildImage(reason, tag=world.fact.reference, build=world.spec.build)
    return Pull(reason, reference=world.fact.reference)


def _status(world: ImageWorld, phase: str, reason: str = "", message: str = "") -> Status:
    return single_status(world.stored.generation, phase, reason, message)
