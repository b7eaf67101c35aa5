"""Whose a container, a network or a volume is, and what stands against taking it over."""

from collections.abc import Mapping
from dataclasses import dataclass

from controller.records import Records, owner_key
from observed_state.container import Container
from reconcilers import naming

_SWARM = "com.docker.swarm.task.id"


@dataclass(frozen=True, slots=True)
class Labels:
    """What Ergon's own labels on a thing say: which store made it, and for what."""

    store_id: str
    kind: str
    namespace: str
    name: str
    slot: int
    instance: str


def labels_of(labels: Mapping[str, str]) -> Labels | None:
    """Return what a thing's labels say, None when they are not Ergon's."""
    store_id = labels.get(naming.STORE_LABEL)
    if not store_id:
        return None
    slot = labels.get(naming.LABEL_PREFIX + "slot", "")
    kind, namespace, name = (labels.get(naming.LABEL_PREFIX + part, "") for part in ("kind", "namespace", "name"))
    return Labels(
        store_id,
        kind,
        namespace,
        name,
        int(slot) if slot.isascii() and slot.isdecimal() and len(slot) < 6 else 1,
        labels.get(naming.INSTANCE_LABEL, ""),
    )


def against_container(records: Records, container: Container, *, labelled: bool) -> str:
    """Return why a container can't be taken over, "" when it can.

    `labelled`: the user says that what bears an Ergon's labels is meant, too.
    """
    named = f'"{container.name}"'
    if known := records.instance_of_container(container.id):
        return f"{named} is managed already, as {owner_key(known)}"
    if _SWARM in container.labels:
        return f"{named} belongs to a Swarm service, which would replace it"
    if (container.frozen.get("HostConfig") or {}).get("AutoRemove"):
        return f"{named} was made with --rm: Docker removes it when it ends, and that can't be changed"
    if container.state in ("removing", "dead"):
        return f"{named} is {container.state}"
    return _against_labels(records, named, container, labelled=labelled)


def _against_labels(records: Records, named: str, container: Container, *, labelled: bool) -> str:
    bears = labels_of(container.labels)
    if bears is None:
        return ""
    original = records.instance(bears.instance)
    if original is not None and original.container_id not in (None, container.id):
        return (
            f"{named} is a copy: it bears the labels of {owner_key(original)}, "
            f"which is container {(original.container_id or '')[:12]}"
        )
    if labelled:
        return ""
    whose = "this" if bears.store_id == records.store_id else "another"
    return f"{named} bears the labels of {whose} Ergon's store; add --labelled if that store is lost"


def against_thing(records: Records, what: str, labels: Mapping[str, str], *, labelled: bool) -> str:
    """Return why a network or volume can't be taken over, "" when it can. `what` names it."""
    bears = labels_of(labels)
    if bears is None or labelled:
        return ""
    whose = "this" if bears.store_id == records.store_id else "another"
    return f"{what} bears the labels of {whose} Ergon's store; add --labelled if that store is lost"
