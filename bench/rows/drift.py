"""From a change behind Ergon's back to the controller's status telling of it.

The clock starts before Docker is asked for the change, so that Docker's own time for it counts too. The
resources are paused: what is found stays, instead of being repaired at once. The status is read without
the barrier that `diff` has: the controller must have noticed by itself.
"""

import time
from collections.abc import Callable, Sequence
from itertools import cycle

from bench.ergon import Ergon, running
from bench.figures import Figure, Measured, percentile
from bench.options import Options
from bench.stage import Stage
from bench.workload import names
from tools.messages import Impossible

LIMIT_MS = 1000.0
# Three kinds of change, ten of each.
_CHANGES = 30
_PATIENCE_S = 60.0
_PAUSE_S = 0.2

Change = Callable[[str], object]


def measure(stage: Stage, options: Options) -> Measured:
    """Return the 95th percentile over changes of three kinds, one per container."""
    resources = names(max(_CHANGES, options.rounds(_CHANGES)))
    with running(stage.host, stage.project("ergon")) as ergon:
        ergon.converge(stage.image, len(resources))
        ergon.ask("pause", names=resources, namespace=ergon.namespace, reason="bench", actor="bench")
        stage.settle()
        samples = all_noticed(ergon, resources, changes(stage, ergon))
    stage.clear()
    return judged(samples)


def judged(samples: dict[str, list[float]]) -> Measured:
    """Return the figures of samples in ms, by kind of change."""
    together = [value for values in samples.values() for value in values]
    figures = [Figure(f"change to report, p95 of {len(together)}", percentile(together, 95), "ms", "limit", LIMIT_MS)]
    kinds = ", ".join(f"{kind} {percentile(values, 95):.0f} ms" for kind, values in samples.items())
    note = f"p95 by kind, Docker's own time for the change included: {kinds}"
    return Measured(figures, {f"{kind} (ms)": values for kind, values in samples.items()}, [note])


def changes(stage: Stage, ergon: Ergon) -> dict[str, Change]:
    """Return what somebody may do to a container, by name."""
    network = f"{ergon.namespace}_default"
    return {
        "update": lambda container: stage.api.update_container(container, cpu_shares=512),
        "disconnect": lambda container: stage.api.disconnect_container_from_network(container, network),
        "stop": stage.api.stop,
    }


def all_noticed(ergon: Ergon, resources: Sequence[str], kinds: dict[str, Change]) -> dict[str, list[float]]:
    """Change one container after the other and return how long each went unnoticed, in ms, by kind."""
    took: dict[str, list[float]] = {kind: [] for kind in kinds}
    for resource, (kind, change) in zip(resources, cycle(kinds.items()), strict=False):
        took[kind].append(noticed(ergon, resource, change) * 1000)
        time.sleep(_PAUSE_S)
    return took


def noticed(ergon: Ergon, resource: str, change: Change) -> float:
    """Change a resource's container and return after how many seconds its status says so."""
    if drift_of(ergon, resource):
        raise Impossible(f"{resource} differed before it was changed")
    began = time.perf_counter()
    change(ergon.container(resource))
    while not drift_of(ergon, resource):
        if time.perf_counter() - began > _PATIENCE_S:
            raise Impossible(f"the change of {resource} was not noticed within {_PATIENCE_S:.0f} s")
    return time.perf_counter() - began


def drift_of(ergon: Ergon, resource: str) -> int:
    """Return how many fields of a resource differ, by the controller's status."""
    (row,) = ergon.ask("status", name=resource, namespace=ergon.namespace)["resources"]
    return int(row["drift"])
