"""Decide what one volume needs. Data is never at stake: a volume is removed only by an explicit word."""

from datetime import datetime

from observed_state.status import Status
from reconcilers import naming
from reconcilers.actions import CreateVolume, FinishDeletion, RemoveVolume
from reconcilers.decision import Change, Decision, FieldChange
from reconcilers.differences import differences
from reconcilers.outlook import of_single
from reconcilers.pausing import hands_off
from reconcilers.summary import single_status
from reconcilers.world import VolumeWorld


def plan(world: VolumeWorld, now: datetime) -> Decision:
    """Return what brings one volume to what is declared."""
    return hands_off(of_single(_plan(world)), world.stored, now)


def _plan(world: VolumeWorld) -> Decision:
    if world.stored.deleting_since is not None:
        return _delete(world)
    name = naming.volume_name(world.stored.key, world.spec)
    if world.spec.external:
        message = "" if world.found else f'volume "{name}" is declared external and does not exist'
        return Decision(_status(world, "Ready" if world.found else "Pending", "External", message))
    if world.found is None:
        create = CreateVolume("declared but absent", name=name, spec=world.spec)
        return Decision(_status(world, "Progressing", "Creating"), (create,), (_absent(world),))
    if not world.labelled:
        message = f'a volume named "{name}" exists and is not managed here; declare it external or remove it'
        return Decision(_status(world, "Conflict", "NameTaken", message), changes=(_absent(world),))
    return _keep(world)


def _absent(world: VolumeWorld) -> Change:
    field = FieldChange("status.state", "present", "absent", "drift" if world.record else "missing", "recreate")
    return Change(world.stored.key, "create", "recreate", (field,))


def _keep(world: VolumeWorld) -> Decision:
    """A volume can't be changed without losing its data: what differs is shown, and nothing is done about it."""
    recorded = dict(world.record.spec) if world.record else world.spec.declared()
    fields = tuple(
        FieldChange(f"spec.{path}", declared, observed, "spec", "none")
        for path, declared, observed in differences(world.spec.declared(), recorded)
        if path not in ("reclaim", "external", "name")
    )
    if not fields:
        return Decision(_status(world, "Ready"))
    paths = ", ".join(field.path for field in fields)
    message = f"{paths} can only change on a new volume; remove this one by hand to let it be made anew"
    return Decision(
        _status(world, "Ready", "NotHonoured", message), (), (Change(world.stored.key, "none", "none", fields),)
    )


def _delete(world: VolumeWorld) -> Decision:
    if world.used_by:
        return Decision(_status(world, "Deleting", "InUse", f"still used by {', '.join(world.used_by)}"))
    finish = FinishDeletion("its resource was deleted")
    if world.found is None or not world.labelled or world.spec.external or world.spec.reclaim == "keep":
        return Decision(_status(world, "Deleting"), (finish,))
    removal = RemoveVolume("its resource was deleted and says reclaim: delete", name=world.found.name)
    return Decision(_status(world, "Deleting"), (removal, finish))


def _status(world: VolumeWorld, phase: str, reason: str = "", message: str = "") -> Status:
    return single_status(world.stored.generation, phase, reason, message)
