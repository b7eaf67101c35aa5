"""Decide what one volume needs. Data is never at stake: a volume goes only by an explicit word."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from observed_state.status import Status
from observed_state.volume import Volume
from reconcilers import naming
from reconcilers.actions import AcceptResource, CreateVolume, FinishDeletion, RemoveVolume
from reconcilers.decision import Change, Decision, FieldChange
from reconcilers.differences import differences
from reconcilers.ends import end_of
from reconcilers.outlook import of_single
from reconcilers.pausing import hands_off
from reconcilers.renewing import is_to_be_renewed
from reconcilers.seen import volume_as_declared
from reconcilers.summary import single_status
from reconcilers.world import VolumeWorld

# Ergon's own business: Docker knows nothing of them.
_NOT_OF_DOCKER = ("reclaim", "external", "name")
# How often to look whether the containers of a volume that is to be made anew are gone.
_LOOK_AGAIN = timedelta(seconds=1)


def plan(world: VolumeWorld, now: datetime) -> Decision:
    """Return what brings one volume to what is declared."""
    return hands_off(of_single(_plan(world, now)), world.stored, now)


def _plan(world: VolumeWorld, now: datetime) -> Decision:
    if world.stored.deleting_since is not None:
        return _delete(world)
    name = naming.volume_name(world.stored.key, world.spec)
    if world.spec.external:
        return _external(world, name)
    if world.found is None:
        create = CreateVolume("declared but absent", name=name, spec=world.spec)
        return Decision(_status(world, "Progressing", "Creating"), (create,), (_absent(world),))
    if not world.labelled:
        message = f'a volume named "{name}" exists and is not managed here; declare it external or remove it'
        return Decision(_status(world, "Conflict", "NameTaken", message), changes=(_absent(world),))
    if is_to_be_renewed(world.stored, world.record):
        return _renew(world, name, now)
    return _keep(world, world.found)


def _external(world: VolumeWorld, name: str) -> Decision:
    if world.found:
        return Decision(_status(world, "Ready", "External"))
    message = f'volume "{name}" is declared external and does not exist; make it, or remove `external`'
    return Decision(_status(world, "Pending", "ExternalMissing", message))


def _absent(world: VolumeWorld) -> Change:
    field = FieldChange("status.state", "present", "absent", "drift" if world.record else "missing", "recreate")
    return Change(world.stored.key, "create", "recreate", (field,))


def _renew(world: VolumeWorld, name: str, now: datetime) -> Decision:
    """Remove it with its data once no container of ours has it, and make it anew; a person asked for that."""
    field = FieldChange("status.data", "empty", "kept", "spec", "recreate")
    changes = (Change(world.stored.key, "replace", "recreate", (field,)),)
    if world.holders:
        message = f"waits for its containers to go: {', '.join(world.holders)}"
        return Decision(_status(world, "Progressing", "Renewing", message), (), changes, now + _LOOK_AGAIN)
    reason = "a new, empty volume was asked for"
    actions = (RemoveVolume(reason, name=name), CreateVolume(reason, name=name, spec=world.spec))
    return Decision(_status(world, "Progressing", "Renewing"), actions, changes)


def _keep(world: VolumeWorld, found: Volume) -> Decision:
    """A volume can't be changed without losing its data: what differs is shown, and nothing is done about it."""
    fields = tuple(_compare(world, found))
    if not fields:
        accept = AcceptResource("it is as declared", docker_id=found.name, name=found.name)
        return Decision(_status(world, "Ready"), () if _recorded(world) else (accept,))
    paths = ", ".join(field.path for field in fields)
    key = world.stored.key
    message = (
        f"{paths} can only change on a new volume; `ergon volume recreate {key.name} -n {key.namespace}` "
        "makes one, without the data of this one"
    )
    return Decision(_status(world, "Ready", "NotHonoured", message), (), (Change(key, "none", "none", fields),))


def _compare(world: VolumeWorld, found: Volume) -> Iterator[FieldChange]:
    declared = world.spec.declared()
    made_from = dict(world.record.spec) if world.record else volume_as_declared(declared, found)
    for path, wanted, observed in differences(declared, made_from):
        if path not in _NOT_OF_DOCKER and (wanted or observed):
            yield FieldChange(f"spec.{path}", wanted, observed, "spec", "none")


def _recorded(world: VolumeWorld) -> bool:
    return world.record is not None and world.record.generation == world.stored.generation


def _delete(world: VolumeWorld) -> Decision:
    stays = world.spec.external or world.spec.reclaim == "keep" or world.stored.orphans
    goes = world.found if world.labelled and not stays else None
    changes = (end_of(world.stored.key),) if goes else ()
    if world.used_by and not world.stored.orphans:
        message = f"still used by {', '.join(world.used_by)}"
        return Decision(_status(world, "Deleting", "InUse", message), changes=changes)
    finish = FinishDeletion("its resource was deleted")
    if goes is None:
        return Decision(_status(world, "Deleting"), (finish,))
    removal = RemoveVolume("its resource was deleted and says reclaim: delete", name=goes.name)
    return Decision(_status(world, "Deleting"), (removal, finish), changes)


def _status(world: VolumeWorld, phase: str, reason: str = "", message: str = "") -> Status:
    return single_status(world.stored.generation, phase, reason, message)
