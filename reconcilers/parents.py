"""What a container owes to the one whose namespaces it shares: it starts after it, and again with it.

The namespace of a container ends with its run. Whoever shared it goes on in a dead one (measured on 20.10
and 28.5: `lo` is all that is left) until it is started again.
"""

from collections.abc import Iterator

from observed_state.container import Container
from reconcilers.decision import FieldChange
from reconcilers.world import ContainerWorld


def compare(world: ContainerWorld, container: Container) -> Iterator[FieldChange]:
    """Yield the namespaces that a running container shares with a former run of their owner."""
    started = container.started_at
    for field, run in world.parent_runs.items():
        if container.running and run is not None and started is not None and run > started:
            yield FieldChange(f"spec.{field}", "its parent's present run", "a former run", "dependency", "restart")


def left_behind(world: ContainerWorld, container: Container) -> str:
    """Return why a container has to be started again to share with its parent, "" when it shares already."""
    fields = [change.path.removeprefix("spec.") for change in compare(world, container)]
    return f"the container it shares {' and '.join(fields)} with was started again" if fields else ""


def missing_parent(world: ContainerWorld) -> str:
    """Return which namespace nobody offers now, "" when all are there: Docker starts no container without."""
    return next((field for field, run in world.parent_runs.items() if run is None), "")
