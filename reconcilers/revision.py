"""What the user changed between the spec a container was made from and the one declared now."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from desired_state.container import ContainerSpec
from desired_state.limits import docker_limits, docker_restart_policy
from observed_state.instance import Instance
from reconcilers.differences import Difference, differences
from reconcilers.effects import effect_of_field, is_under, limit_of
from reconcilers.world import ContainerWorld


@dataclass(frozen=True, slots=True)
class Revision:
    """`fields` differ between the two specs, networks left out: those are compared place by place.

    `limits` are Docker's names of the limits that differ, from `before` to `wanted`;
    `restart_policy` says whether Docker's own policy does.
    """

    fields: tuple[Difference, ...] = ()
    limits: frozenset[str] = frozenset()
    before: Mapping[str, int | str] = field(default_factory=dict)
    wanted: Mapping[str, int | str] = field(default_factory=dict)
    restart_policy: bool = False


def revision(world: ContainerWorld, instance: Instance) -> Revision:
    """Return what the user changed since one instance was made or last accepted; nothing when it is current."""
    if instance.generation == world.stored.generation:
        return Revision()
    return between(ContainerSpec.from_declared(dict(instance.spec)), world.spec)


def same_work(world: ContainerWorld, instance: Instance) -> bool:
    """Return whether what an instance was made from and what is declared now run the same work."""
    fields = (path for path, _, _ in revision(world, instance).fields)
    return all(effect_of_field(path) == "none" or limit_of(path) or is_under(path, ("restart",)) for path in fields)


def between(made_from: ContainerSpec, wanted: ContainerSpec) -> Revision:
    """Return what differs from one spec to another."""
    found = differences(wanted.declared(), made_from.declared())
    before, after = docker_limits(made_from), docker_limits(wanted)
    return Revision(
        fields=tuple(difference for difference in found if not is_under(difference[0], ("networks",))),
        limits=frozenset(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)),
        before=before,
        wanted=after,
        restart_policy=docker_restart_policy(made_from) != docker_restart_policy(wanted),
    )
