"""Wait until resources are as wanted. Looks again and again, so a controller that restarts meanwhile does no harm."""

from collections.abc import Callable, Collection
from typing import Literal

from console.cli.failures import Stuck, TimedOut, fail
from console.cli.hopeless import is_stuck
from console.cli.humane import duration
from console.cli.resources import message
from console.cli.session import Session, note
from console.cli.targets import Target
from console.cli.text import visible
from controller.client import Json

Goal = Literal["ready", "deleted", "completed"]
PERIOD_S = 0.25


def wait_until(
    session: Session,
    goal: Goal,
    targets: Collection[Target],
    timeout_s: float,
    on_look: Callable[[list[Json]], None] = lambda _: None,
    *,
    stuck_s: float | None = None,
) -> None:
    """Return when all targets have reached the goal; `on_look` is given their status at every look.

    Raises:
        TimedOut: they have not after `timeout_s` seconds; its message says what each lacks.
        Stuck: for `stuck_s` seconds, none of those that lack something could get there by itself.
        ServiceError: one of them can't get there (gone, failed).
    """
    end = session.monotonic() + timeout_s
    moving_at = session.monotonic()
    namespaces = {target.namespace for target in targets}
    namespace = namespaces.pop() if len(namespaces) == 1 else None
    warned = False
    while True:
        answer = session.backend.status(namespace=namespace)
        warned = warned or _warn_without_engine(answer["engine"])
        resources = answer["resources"]
        found = {target: one for one in resources if (target := Target.of(one)) in targets}
        on_look(list(found.values()))
        lacking = _lacking(goal, targets, found)
        if not lacking:
            return
        if not is_stuck(one for target, one in found.items() if not _reached(goal, target, one)):
            moving_at = session.monotonic()
        elif stuck_s is not None and session.monotonic() - moving_at >= stuck_s:
            raise Stuck(f"nothing goes on: {'; '.join(lacking)}", "`ergon describe NAME` says more")
        if session.monotonic() >= end:
            raise TimedOut(f"after {duration(timeout_s)}: {'; '.join(lacking)}", "`ergon describe NAME` says more")
        session.sleep(PERIOD_S)


def _warn_without_engine(engine: Json) -> bool:
    """Say that Docker can't be reached, once it is known; return whether that was said."""
    if engine["reachable"] or not engine["message"]:
        return False
    note(f"warning: Docker cannot be reached, waiting for it: {visible(engine['message'])}")
    return True


def _lacking(goal: Goal, targets: Collection[Target], found: dict[Target, Json]) -> list[str]:
    """Return a sentence for each target that has not got there."""
    if goal == "deleted":
        return [f"{target} is still there" for target in found]
    for target in targets:
        if target not in found:
            raise fail(f"{target} is not declared any more")
    return [_told(target, found[target]) for target in targets if not _reached(goal, target, found[target])]


def _reached(goal: Goal, target: Target, resource: Json) -> bool:
    if resource["observed_generation"] < resource["generation"]:
        return False
    if resource["phase"] == "RolledBack":
        # It stays so until somebody declares something else.
        raise fail(f"{target} was rolled back: {message(resource)}", f"see `ergon describe {target}`")
    if goal == "completed":
        if resource["phase"] == "Failed":
            raise fail(f"{target} failed: {message(resource)}", f"see `ergon logs {target}`")
        return bool(resource["phase"] == "Completed")
    return bool(resource["ready"]) and not _is_updating(resource)


def _is_updating(resource: Json) -> bool:
    """Return whether former containers still serve, or are kept to fall back on, while new ones take their place."""
    return any(
        condition["type"] == "Progressing" and condition["reason"] == "Updating" for condition in resource["conditions"]
    )


def _told(target: Target, resource: Json) -> str:
    said = message(resource)
    return f"{target} is {resource['phase'] or 'not looked at yet'}{f' ({said})' if said else ''}"
