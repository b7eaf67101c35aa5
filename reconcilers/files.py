"""Decide what a Config, Secret, Project or Solution needs: nothing in Docker by itself; others use what it says."""

from datetime import datetime

from reconcilers.actions import FinishDeletion
from reconcilers.decision import Decision
from reconcilers.pausing import hands_off
from reconcilers.summary import single_status
from reconcilers.world import FilesWorld


def plan(world: FilesWorld, now: datetime) -> Decision:
    """Return that it is ready, or when it is deleted, that nobody uses it any more."""
    generation = world.stored.generation
    if world.stored.deleting_since is None:
        return hands_off(Decision(single_status(generation, "Ready")), world.stored, now)
    if world.used_by:
        message = f"still used by {', '.join(world.used_by)}"
        return Decision(single_status(generation, "Deleting", "InUse", message))
    finish = Decision(single_status(generation, "Deleting"), (FinishDeletion("nobody uses it"),))
    return hands_off(finish, world.stored, now)
