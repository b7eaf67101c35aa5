"""What replacing one thing brings to others: foretold, because it only differs once the first step is done."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from desired_state.key import Key
from reconcilers.decision import Change, FieldChange, Verb
from reconcilers.effects import strongest
from reconcilers.graph import World, shared_namespaces
from reconcilers.members import container_of
from reconcilers.world import ContainerWorld


def with_consequences(changes: Collection[Change], worlds: Mapping[Key, World]) -> list[Change]:
    """Return changes, and what they bring to the containers of `worlds` that join or share what is replaced."""
    replaced = {change.key for change in changes if change.action == "replace"}
    known = {(change.key, change.instance): change for change in changes}
    for world in worlds.values():
        if isinstance(world, ContainerWorld):
            for change in _follow(world, replaced):
                place = (change.key, change.instance)
                known[place] = _joined(known[place], change) if place in known else change
    return list(known.values())


def _follow(world: ContainerWorld, replaced: Collection[Key]) -> Iterator[Change]:
    key = world.stored.key
    if world.stored.deleting_since is not None:
        return
    networks = [name for name in world.spec.joins if key.sibling("Network", name) in replaced]
    parents = [
        field for field, name in shared_namespaces(world.spec).items() if key.sibling("Container", name) in replaced
    ]
    fields = (
        *(_field(f"spec.networks.{name}", "the new network", "the former one", "reconnect") for name in networks),
        *(_field(f"spec.{field}", "the new container", "the former one", "recreate") for field in parents),
    )
    if not fields:
        return
    for instance in world.instances:
        if container_of(world, instance) is not None:
            action: Verb = "replace" if parents else "update"
            effect = strongest(field.effect for field in fields)
            yield Change(key, action, effect, fields, instance.final_name)


def _field(path: str, declared: str, observed: str, effect: str) -> FieldChange:
    return FieldChange(path, declared, observed, "dependency", "recreate" if effect == "recreate" else "reconnect")


def _joined(change: Change, more: Change) -> Change:
    """Return a change with what follows from others added. What is made anew or ends joins nothing as it was."""
    told = {field.path for field in change.fields}
    fields = tuple(field for field in more.fields if field.path not in told)
    if change.effect == "recreate" or not fields:
        return change
    effects: Iterable[FieldChange] = (*change.fields, *fields)
    effect = strongest(field.effect for field in effects)
    action = more.action if more.effect == "recreate" or change.action == "none" else change.action
    return replace(change, fields=(*change.fields, *fields), effect=effect, action=action)
