"""Answer `import` and `adopt`: write down what runs, and take it over as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from controller import views
from controller.adoption import Adoption, commit, replacements
from controller.adoption_plan import plan
from controller.errors import ServiceError
from controller.handover import take_back
from controller.importing import Selection, imported
from controller.runtime import Runtime
from desired_state.container import ContainerSpec
from desired_state.resource import Resource, to_document
from desired_state.secrecy import looks_secret
from observed_state.instance import Instance
from reconcilers.decision import Change, FieldChange
from store.applying import Applied

Json = dict[str, Any]

_ENVIRONMENT = "spec.environment."
_HIDDEN = "(hidden)"


async def import_answer(runtime: Runtime, selection: Selection, *, secrets: bool) -> Json:
    """Return the declarations of what runs, with remarks on what can't be declared.

    Without `secrets`, values that look secret are left out; `hidden` names them either way.
    """
    found = await imported(runtime, selection)
    hidden = [
        {"kind": one.key.kind, "namespace": one.key.namespace, "name": one.key.name, "variable": variable}
        for one in found.resources
        for variable in _secret_variables(one)
    ]
    resources = found.resources if secrets else [_without_secrets(one) for one in found.resources]
    return {
        "documents": [to_document(resource) for resource in resources],
        "remarks": [
            {"kind": key.kind, "namespace": key.namespace, "name": key.name, "field": field, "text": text}
            for key, remarks in found.remarks.items()
            for field, text in remarks
        ],
        "hidden": hidden,
    }


def _secret_variables(resource: Resource) -> list[str]:
    spec = resource.spec
    if not isinstance(spec, ContainerSpec):
        return []
    return sorted(name for name, value in spec.environment.items() if looks_secret(name, value))


def _without_secrets(resource: Resource) -> Resource:
    """Return a resource whose secret variables are taken from the surroundings of whoever declares it."""
    secret = _secret_variables(resource)
    if not secret:
        return resource
    declared = resource.spec.declared()
    environment = {name: None if name in secret else value for name, value in declared["environment"].items()}
    return replace(resource, spec=ContainerSpec.from_declared(declared | {"environment": environment}))


async def adoption_of(
    runtime: Runtime, selection: Selection, declared: Sequence[Resource], *, labelled: bool
) -> Adoption:
    """Return what an adoption would mean, of what files declare or else of the selected containers.

    What is declared already under a container's name holds, not what the container looks like.

    Raises:
        ServiceError, EngineError
    """
    if declared:
        return await plan(runtime, declared, {}, labelled=labelled)
    found = await imported(runtime, selection)
    known = runtime.records.resources
    resources = [known[one.key].resource if one.key in known else one for one in found.resources]
    return await plan(runtime, resources, found.containers, labelled=labelled)


async def carry_out(
    runtime: Runtime, adoption: Adoption, *, replace_what_differs: bool, actor: str
) -> tuple[list[Applied], list[Instance], int]:
    """Record an adoption; return what became of the declarations, the records, and the resource version.

    Raises:
        ServiceError: something stands against it, or it would end in new containers that nobody asked for.
        StoreError: it could not be recorded; nothing is.
    """
    if adoption.obstacles:
        raise ServiceError("\n".join(adoption.obstacles), "nothing was adopted; leave these out, or clear them", 409)
    if not adoption.deeds:
        raise ServiceError(
            "there is nothing to adopt: no container that is not managed fits what is declared",
            "`ergon status` lists what runs; `ergon adopt CONTAINER --as NAME` says which is meant",
            404,
        )
    if (new := replacements(adoption.differs)) and not replace_what_differs:
        what = ", ".join(sorted({f"{change.key}" for change in new}))
        raise ServiceError(
            f"adopting would be followed by new containers, because what runs differs: {what}",
            "declare what runs (`ergon import` writes it), or add --replace to have new ones made",
            409,
        )
    return await commit(runtime, adoption, actor=actor)


async def take_restarts(runtime: Runtime, instances: Sequence[Instance]) -> None:
    """Take Docker's restart policies from what was adopted: from now on the loop restarts."""
    await take_back(runtime, [one for one in instances if one.kind == "Container"])


def adoption_answer(adoption: Adoption) -> Json:
    """Return the `diff` shape of an adoption, with what stands against it. Secret values are not in it."""
    changes = [_discreet(change) for change in (*adoption.adopted, *adoption.differs)]
    return {
        "in_sync": not changes,
        "changes": views.changes(changes),
        "obstacles": list(adoption.obstacles),
        "replaces": len(replacements(adoption.differs)),
        "adopted": [
            {"kind": one.kind, "namespace": one.namespace, "name": one.owner, "instance": one.name}
            | {"container_id": one.container_id or ""}
            for one in adoption.instances
        ],
    }


def _discreet(change: Change) -> Change:
    return replace(change, fields=tuple(_discreet_field(field) for field in change.fields))


def _discreet_field(field: FieldChange) -> FieldChange:
    if field.path == _ENVIRONMENT.removesuffix("."):
        return replace(field, declared=_shown(field.declared), observed=_shown(field.observed))
    if not field.path.startswith(_ENVIRONMENT):
        return field
    name = field.path.removeprefix(_ENVIRONMENT)
    declared, observed = (_hide(name, value) for value in (field.declared, field.observed))
    return replace(field, declared=declared, observed=observed)


def _shown(environment: Any) -> Any:
    if not isinstance(environment, Mapping):
        return environment
    return {name: _hide(name, value) for name, value in environment.items()}


def _hide(name: str, value: Any) -> Any:
    return _HIDDEN if isinstance(value, str) and looks_secret(name, value) else value
