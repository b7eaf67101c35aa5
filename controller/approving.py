"""Take a person's word on what differs: put it right, let it be, or let go what was held back."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, Literal

from controller.errors import ServiceError
from controller.planning import decisions
from controller.runtime import Runtime
from desired_state.approval import Approval
from desired_state.drift import matches
from desired_state.key import Key
from desired_state.resource import Stored
from reconcilers.decision import FieldChange
from reconcilers.policies import difference_of, is_asked, plan_id
from store import approvals

Word = Literal["repair", "accept", "reject"]
OUTCOMES: dict[Word, str] = {"repair": "approved", "accept": "accepted", "reject": "rejected"}
_GOVERNED = ("drift", "image", "dependency")


async def words_on(
    runtime: Runtime, key: Key, *, verdict: Word, fields: Sequence[str], plan: str | None, by: str, reason: str
) -> list[Approval]:
    """Return the words that a person says about what differs now about one resource.

    Without `fields` they are about all that waits for a word. `plan` is the id of the change that the
    person has seen.

    Raises:
        ServiceError: nothing waits (409), that plan is not what differs any more (409), no such field differs (404).
    """
    decision = (await decisions(runtime, runtime.records, [key]))[key]
    seen = [change for change in decision.changes if plan in (None, plan_id(change))]
    if plan is not None and not seen:
        raise ServiceError(
            f'what differs about {key} is not plan "{plan}" any more', f"look again: `ergon diff {key.name}`", 409
        )
    found = [(change.instance, field) for change in seen for field in change.fields if _is_governed(field)]
    chosen = _named(found, fields, key) if fields else [pair for pair in found if is_asked(pair[1])]
    if not chosen:
        raise _nothing_waits(key, found)
    now = runtime.clock.now()
    return [
        Approval(verdict, by, now, difference_of(instance, field), field.path, reason) for instance, field in chosen
    ]


async def let_go(runtime: Runtime, keys: Iterable[Key], by: str) -> list[Stored]:
    """Let happen what the guard holds back about these resources, until it is done."""
    now = runtime.clock.now()
    word = Approval("let-go", by, now)
    stopped = [key for key in keys if key in runtime.guard.stopped()]

    def write(session: Any) -> list[Stored]:
        return [approvals.put(session, key, [word], now) for key in stopped]

    done: list[Stored] = await runtime.store.write(write) if stopped else []
    return done


def held_back(runtime: Runtime) -> dict[str, Any]:
    """Return what the guard holds back, and how much it lets happen by itself."""
    guard, statuses = runtime.guard, runtime.records.statuses
    return {
        "managed": guard.managed(),
        "limit": guard.limit(),
        "stopped": [
            {"kind": key.kind, "namespace": key.namespace, "name": key.name, "message": statuses[key].message}
            for key in guard.stopped()
        ],
    }


def _is_governed(field: FieldChange) -> bool:
    return field.cause in _GOVERNED and (field.policy != "enforce" or bool(field.verdict))


def _named(found: Sequence[tuple[str, FieldChange]], fields: Sequence[str], key: Key) -> list[tuple[str, FieldChange]]:
    for name in fields:
        if not any(matches(name, field.path) for _, field in found):
            paths = sorted({field.path for _, field in found})
            near = get_close_matches(name, paths, 1)
            hint = f'did you mean "{near[0]}"?' if near else f"`ergon diff {key.name}` shows what differs"
            raise ServiceError(f'no difference of {key} in "{name}" is for you to decide', hint, 404)
    return [pair for pair in found if any(matches(name, pair[1].path) for name in fields)]


def _nothing_waits(key: Key, found: Sequence[tuple[str, FieldChange]]) -> ServiceError:
    told = sorted({field.path for _, field in found})
    hint = f"only told so far: {', '.join(told)}; name one with --field" if told else "`ergon diff` shows what differs"
    return ServiceError(f"nothing about {key} waits for approval", hint, 409)
