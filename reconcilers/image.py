"""Decide what one image needs: to be fetched or built, or nothing."""

from datetime import datetime

from observed_state.status import Status
from reconcilers.actions import Action, BuildImage, FinishDeletion, Pull
from reconcilers.decision import Change, Decision, FieldChange
from reconcilers.pausing import is_paused
from reconcilers.summary import single_status
from reconcilers.world import ImageWorld


def plan(world: ImageWorld, now: datetime) -> Decision:
    """Return what makes the declared image available to its containers."""
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
    change = Change(world.stored.key, "create" if fact.image is None else "update", "none", (need,))
    if world.spec.build is None and world.spec.pull_policy == "never":
        message = f"image {fact.reference} is not on this engine and pull_policy is never"
        return Decision(_status(world, "Held", "ImageMissing", message), (), (change,))
    if fact.failure and fact.retry_at is not None and now < fact.retry_at:
        return Decision(_status(world, "Pending", "ImageFailed", fact.failure), (), (change,), fact.retry_at)
    status = _status(world, "Progressing", "Building" if world.spec.build else "Pulling")
    if is_paused(world.stored, now):
        return Decision(status, (), (change,))
    return Decision(status, (_fetch(world, need),), (change,))


def _need(world: ImageWorld) -> FieldChange | None:
    """Return why the image has to be fetched or built, None when it is there and current."""
    reference = world.fact.reference
    if world.fact.image is None:
        cause = "drift" if world.record else "missing"
        return FieldChange("status.state", reference, "absent", "drift" if cause == "drift" else "missing", "none")
    if world.record is None or world.record.generation == world.stored.generation:
        needs_first_look = world.record is None and (world.spec.build is not None or world.spec.pull_policy == "always")
        return FieldChange("spec", reference, "not fetched yet", "spec", "none") if needs_first_look else None
    return FieldChange(
        "spec", f"generation {world.stored.generation}", f"generation {world.record.generation}", "spec", "none"
    )


def _fetch(world: ImageWorld, need: FieldChange) -> Action:
    reason = f"{need.path} is {need.observed}, should be {need.declared}"
    if world.spec.build is not None:
        return BuildImage(reason, tag=world.fact.reference, build=world.spec.build)
    return Pull(reason, reference=world.fact.reference)


def _status(world: ImageWorld, phase: str, reason: str = "", message: str = "") -> Status:
    return single_status(world.stored.generation, phase, reason, message)
