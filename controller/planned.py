"""Carry out exactly the plan that was shown: refuse when what it rests on has moved, with what that is."""

from collections.abc import Mapping, Sequence

from sqlmodel import Session

from controller.errors import ServiceError
from controller.planning import Prune, plan_with
from controller.plans import ID, Plan, moved, recall
from controller.runtime import Runtime
from desired_state.key import Key
from desired_state.resource import Resource
from store import resource_rows
from store.applying import Applied
from store.errors import VersionConflict

_SHOW_AGAIN = "`ergon diff FILE...` shows what would be done now, and the id of that plan"


async def as_shown(runtime: Runtime, declared: Sequence[Resource], prune: Prune, plan: str) -> Plan:
    """Return the plan of this id, made anew from how things are now.

    The cache shows what Docker holds now.

    Raises:
        ServiceError: it would be another plan now (409, with what has moved), or `plan` is no id of a plan.
    """
    if not ID.fullmatch(plan):
        raise ServiceError(f'"{plan}" is not the id of a plan', "`ergon diff FILE...` prints one, like 3f2a91c0d4e7")
    now = await plan_with(runtime, declared, prune)
    if now.basis.id == plan:
        return now
    then = recall(runtime.store.state_dir, plan)
    if then is None:
        raise ServiceError(f"things are not as in plan {plan}, which is not kept here any more", _SHOW_AGAIN, 409)
    raise ServiceError("\n".join([f"plan {plan} does not hold any more:", *moved(then, now.basis)]), _SHOW_AGAIN, 409)


def require_versions(session: Session, versions: Mapping[Key, int]) -> None:
    """Return if these resources are stored at these versions, 0 for not at all, in the transaction that changes them.

    Raises:
        VersionConflict: one of them was changed since the plan was checked.
    """
    found = resource_rows.fetch(session, versions)
    for key, expected in versions.items():
        version = found[key].resource_version if key in found else 0
        if version != expected:
            raise VersionConflict(key, expected, version)


def require_only(done: Sequence[Applied], versions: Mapping[Key, int]) -> None:
    """Return if nothing was written that the plan is not about; for the same transaction.

    Raises:
        VersionConflict: a file's resource, which is to be pruned, was declared since the plan was checked.
    """
    for result in done:
        if result.key not in versions:
            raise VersionConflict(result.key, 0, result.stored.resource_version)
