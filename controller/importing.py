"""Write down what runs: the smallest declarations that would make the same containers, networks and volumes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from controller.adoption_plan import image_of
from controller.claims import labels_of
from controller.drafting import Found, draft
from controller.drafts import Draft, Remark
from controller.errors import ServiceError
from controller.matching import resource_of
from controller.records import owner_key
from controller.referents import Referents
from controller.resource_names import resource_name
from controller.runtime import Runtime
from controller.tool_labels import PROJECT, is_one_off, service_of
from desired_state.container import ContainerSpec
from desired_state.key import DEFAULT_NAMESPACE, Key
from desired_state.resource import Resource
from engine.errors import NotFound
from engine.specs import container_fields
from observed_state.container import ContainerSummary


@dataclass(frozen=True, slots=True)
class Selection:
    """Which containers, and what they are to be called. Exactly one of the first four is given.

    `labelled` are those that bear an Ergon's labels and are recorded nowhere; `all` those that nobody manages.
    `name` and `namespace` overrule what labels and names say.
    """

    containers: Sequence[str] = ()
    compose_project: str = ""
    labelled: bool = False
    all: bool = False
    name: str | None = None
    namespace: str | None = None


@dataclass
class Imported:
    """`resources` in the order in which they depend on each other; `containers` by the resource they are for, by slot.

    `remarks` are pairs of a field and what can't be declared about it.
    """

    resources: list[Resource] = field(default_factory=list)
    containers: dict[Key, list[str]] = field(default_factory=dict)
    remarks: dict[Key, list[Remark]] = field(default_factory=dict)


async def imported(runtime: Runtime, selection: Selection) -> Imported:
    """Return the declarations of what runs.

    Raises:
        ServiceError: a container is not there, or none fits.
        EngineError: Docker could not be asked.
    """
    rows = selected(runtime, selection)
    groups = _grouped(rows, selection)
    ids = {row.id: key for key, members in groups.items() for row in members}
    referents = Referents(runtime.observed)
    info = await runtime.engine.info()
    containers = []
    for key, members in groups.items():
        found = [await _found(runtime, row) for row in members]
        containers += draft(key, found, ids, referents, info)
    result = Imported()
    for part in (*referents.drafts(), *containers):
        _add(result, part)
    return result


def _add(result: Imported, part: Draft) -> None:
    key = part.resource.key
    result.resources.append(part.resource)
    if part.containers:
        result.containers[key] = list(part.containers)
    if part.remarks:
        result.remarks[key] = list(part.remarks)


def selected(runtime: Runtime, selection: Selection) -> list[ContainerSummary]:
    """Return the containers that are meant, in a stable order."""
    rows = sorted(runtime.observed.summaries.values(), key=lambda row: (row.name, row.id))
    if selection.containers:
        return [_named(rows, text) for text in dict.fromkeys(selection.containers)]
    if selection.compose_project:
        return _of_project(rows, selection.compose_project)
    free = [row for row in rows if runtime.records.instance_of_container(row.id) is None]
    found = [row for row in free if (labels_of(row.labels) is not None) == selection.labelled]
    if selection.labelled and selection.namespace:
        found = [row for row in found if (resource_of(row) or ("",))[0] == selection.namespace]
    if not found:
        what = "bears an Ergon's labels without being managed" if selection.labelled else "is there to import"
        raise ServiceError(f"no container {what}", "`ergon status` lists what runs", 404)
    return found


def _named(rows: Iterable[ContainerSummary], text: str) -> ContainerSummary:
    known = list(rows)
    found = [row for row in known if row.name == text.removeprefix("/")]
    found = found or [row for row in known if len(text) >= 4 and row.id.startswith(text.lower())]
    if len(found) == 1:
        return found[0]
    if found:
        raise ServiceError(f'"{text}" begins the ids of {len(found)} containers', "write more of it", 409)
    near = get_close_matches(text, [row.name for row in known], 1)
    hint = f'did you mean "{near[0]}"?' if near else "`docker ps -a` lists what there is"
    raise ServiceError(f'there is no container "{text}"', hint, 404)


def _of_project(rows: Iterable[ContainerSummary], project: str) -> list[ContainerSummary]:
    known = list(rows)
    found = [row for row in known if row.labels.get(PROJECT) == project and not is_one_off(row)]
    if not found:
        projects = sorted({row.labels[PROJECT] for row in known if PROJECT in row.labels})
        hint = f"there are {', '.join(projects)}" if projects else "no container here was made by Compose"
        raise ServiceError(f'no container belongs to a Compose project "{project}"', hint, 404)
    return found


def _grouped(rows: Sequence[ContainerSummary], selection: Selection) -> dict[Key, list[ContainerSummary]]:
    """Return the containers by the resource that each is a replica of."""
    if selection.name and len(rows) > 1:
        raise ServiceError(f"{len(rows)} containers can't all be named {selection.name}", "import them one by one")
    groups: defaultdict[Key, list[tuple[int, ContainerSummary]]] = defaultdict(list)
    for row in rows:
        namespace, name, slot = resource_of(row) or service_of(row) or (DEFAULT_NAMESPACE, row.name, 0)
        namespace = selection.namespace or resource_name(namespace)
        key = Key("Container", namespace, selection.name or resource_name(name))
        while not slot and key in groups:
            key = key.sibling("Container", f"{key.name}-2")
        groups[key].append((slot, row))
    return {
        key: [row for _, row in sorted(members, key=lambda member: (member[0], member[1].name))]
        for key, members in sorted(groups.items())
    }


async def _found(runtime: Runtime, row: ContainerSummary) -> Found:
    try:
        container = await runtime.engine.inspect_container(row.id)
    except NotFound as error:
        raise ServiceError(f'container "{row.name}" is gone', "look again", 409) from error
    names = {other.id: other.name for other in runtime.observed.summaries.values()}
    meant = await runtime.images.look_up(container.image) if container.image else None
    image = await image_of(runtime, container)
    return Found(container, container_fields(container, names), image, meant, _restart(runtime, container.id))


def _restart(runtime: Runtime, container_id: str) -> Mapping[str, Any] | None:
    instance = runtime.records.instance_of_container(container_id)
    stored = runtime.records.resources.get(owner_key(instance)) if instance else None
    spec = stored.resource.spec if stored else None
    if not isinstance(spec, ContainerSpec):
        return None
    declared: Mapping[str, Any] = spec.effective_restart.declared()
    return {} if declared == {"policy": "always"} else declared
