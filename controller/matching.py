"""Find the containers on this host that a declaration could mean: named for it, by name or by a tool's labels."""

from collections.abc import Iterator, Sequence

from controller.claims import labels_of
from controller.runtime import Runtime
from controller.tool_labels import service_of
from desired_state.container import ContainerSpec
from desired_state.resource import Stored
from observed_state.container import ContainerSummary
from reconcilers import naming


def matches(runtime: Runtime, stored: Stored, spec: ContainerSpec, chosen: Sequence[str]) -> dict[int, str]:
    """Return the ids of containers by the slot that each is for.

    Those `chosen` fill the slots in their order. Otherwise it is the container with the name that Ergon would
    give, or the one that Compose or a lost Ergon made for a service of this name. What is recorded already is
    not among them.
    """
    if chosen:
        return dict(enumerate(chosen, start=1))
    records = runtime.records
    filled = {one.slot for one in records.instances_of(stored.key)}
    slots = [slot for slot in range(1, spec.replica_count + 1) if slot not in filled]
    found = {slot: _match(runtime, stored, spec, slot) for slot in slots}
    return {slot: row.id for slot, row in found.items() if row and not records.instance_of_container(row.id)}


def _match(runtime: Runtime, stored: Stored, spec: ContainerSpec, slot: int) -> ContainerSummary | None:
    by_name = runtime.observed.by_name(naming.container_name(stored.key, spec, slot))
    return by_name or next(_by_label(runtime, stored, slot), None)


def _by_label(runtime: Runtime, stored: Stored, slot: int) -> Iterator[ContainerSummary]:
    wanted = (stored.key.namespace, stored.key.name, slot)
    for row in sorted(runtime.observed.summaries.values(), key=lambda one: one.id):
        if wanted in (service_of(row), resource_of(row)):
            yield row


def resource_of(row: ContainerSummary) -> tuple[str, str, int] | None:
    """Return the namespace, name and slot that an Ergon made a container for, None without."""
    bears = labels_of(row.labels)
    return (bears.namespace, bears.name, bears.slot) if bears and bears.kind == "Container" else None
