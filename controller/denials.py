"""Record what the privilege policy denied, and to whom."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlmodel import Session

from controller.errors import ServiceError
from controller.runtime import Runtime
from desired_state.key import Key
from store import audit, events

_DENIED = 403


async def record_denial(runtime: Runtime, refused: ServiceError, actor: str) -> None:
    """Write a refusal into the audit trail and the events, if it is the policy's; others leave no trace."""
    if refused.status == _DENIED:
        await runtime.store.write(partial(_write, problems=refused.problems, actor=actor, now=runtime.clock.now()))


def _write(session: Session, problems: Sequence[Mapping[str, Any]], actor: str, now: datetime) -> None:
    fields: dict[Key, list[str]] = {}
    for problem in problems:
        key = Key(problem["kind"], problem["namespace"], problem["name"])
        fields.setdefault(key, []).append(".".join(str(step) for step in problem["path"]))
    deeds = [audit.Deed(key, actor, "deny", ", ".join(paths), 0, 0) for key, paths in fields.items()]
    audit.record(session, deeds, now)
    for key, paths in fields.items():
        message = f"denied to {actor} by the privilege policy: {', '.join(paths)}"
        events.record(session, key, type="Warning", reason="PolicyDenied", message=message, now=now)
