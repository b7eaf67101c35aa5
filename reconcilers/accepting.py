"""What a container's baseline is once changes in place are done: the new wish, and none of others' changes.

Taking the inspect of that moment whole would make every change that somebody else made, and that is
only told or ignored, look declared from then on.
"""

from dataclasses import replace

from desired_state.container import ContainerSpec
from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers.revision import between


def accepted_baseline(instance: Instance, spec: ContainerSpec, container: Container) -> Container:
    """Return the baseline of an instance that now is what `spec` declares.

    Args:
        instance: as recorded before, with the baseline it had.
        spec: what is declared now.
        container: as inspected after the changes.
    """
    then = instance.baseline
    if then is None:
        return container
    made_from = ContainerSpec.from_declared(dict(instance.spec))
    changed = between(made_from, spec)
    limits = {name: value for name, value in then.resources.items() if name not in changed.limits}
    limits |= {name: value for name, value in container.resources.items() if name in changed.limits}
    kept = {
        place.network: place
        for name, join in spec.joins.items()
        if made_from.joins.get(name) == join
        for place in then.networks.values()
        if place.network == instance.resolved.get("networks", {}).get(name)
    }
    return replace(
        container,
        resources=limits,
        restart_policy=container.restart_policy if changed.restart_policy else then.restart_policy,
        networks={name: kept.get(name, place) for name, place in container.networks.items()},
    )
