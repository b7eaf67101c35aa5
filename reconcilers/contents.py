"""What a container's configs and secrets hold against what it was made with, and how the new content gets there.

Only digests are compared: what the content is, is nobody's business here.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from desired_state.container import ContainerSpec
from desired_state.content_parts import BySignal, OnChange
from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers.actions import Action, RefreshFiles, Start
from reconcilers.decision import Effect, FieldChange
from reconcilers.removing import grace_of, stop
from reconcilers.world import ContainerWorld

_FILES = "files."
_EFFECTS: dict[str, Effect] = {"recreate": "recreate", "restart": "restart", "none": "in-place"}


def compare(world: ContainerWorld, instance: Instance) -> Iterator[FieldChange]:
    """Yield the files and variables whose content has changed since the container got them."""
    if world.unreadable or instance.generation != world.stored.generation:
        return
    ways = ways_by_path(world.spec)
    for path, now, before in _differing(world.files, instance.resolved.get("files", {})):
        way = ways.get(path, "recreate")
        effect = "in-place" if isinstance(way, BySignal) else _EFFECTS[way]
        yield FieldChange(f"{_FILES}{path}", now, before, "dependency", effect)
    for name, now, before in _differing(world.variables, instance.resolved.get("variables", {})):
        yield FieldChange(f"spec.environment.{name}", now, before, "dependency", "recreate")


def _differing(now: Mapping[str, str], before: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for name, digest in sorted(now.items()):
        if before.get(name, digest) != digest:
            yield name, f"content {digest[:8]}", f"content {before[name][:8]}"


def ways_by_path(spec: ContainerSpec) -> Mapping[str, OnChange]:
    """Return what to do when a file changes, by its path in the container."""
    ways: dict[str, OnChange] = {one.path("Config"): one.on_change or "recreate" for one in spec.configs or ()}
    ways.update({one.path("Secret"): one.on_change or "recreate" for one in spec.secrets or ()})
    return ways


def refresh(
    world: ContainerWorld, instance: Instance, container: Container, fields: Sequence[FieldChange]
) -> tuple[Action, ...]:
    """Return what brings changed files into a container that stays."""
    changed = [field for field in fields if field.path.startswith(_FILES)]
    if not changed:
        return ()
    reason = f"changed: {', '.join(field.path for field in changed)}"
    if container.running and any(field.effect == "restart" for field in changed):
        paths = tuple(field.path.removeprefix(_FILES) for field in changed)
        renewal = RefreshFiles(reason, instance.uid, instance.slot, container.id, paths)
        again = Start(reason, instance.uid, instance.slot, container_id=container.id, restart=True)
        return (stop(instance, container, grace_of(instance), reason), renewal, again)
    return tuple(
        RefreshFiles(reason, instance.uid, instance.slot, container.id, tuple(paths), signal)
        for signal, paths in _by_signal(world, container, changed).items()
    )


def _by_signal(
    world: ContainerWorld, container: Container, changed: Sequence[FieldChange]
) -> Mapping[str, Sequence[str]]:
    """Return the paths that each signal tells of; "" for those that nobody is told of."""
    ways = ways_by_path(world.spec)
    paths: defaultdict[str, list[str]] = defaultdict(list)
    for field in changed:
        path = field.path.removeprefix(_FILES)
        way = ways[path]
        paths[way.signal if isinstance(way, BySignal) and container.running else ""].append(path)
    return paths
