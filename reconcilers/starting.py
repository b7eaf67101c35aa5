"""Decide whether a container that does not run may start now, and whether that counts as a crash."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers.actions import Action, Start
from reconcilers.backoff import HELD_RETRY_S, retry_at
from reconcilers.endings import crashes, exhausted, how_it_ended, somebodys_deed
from reconcilers.gates import Wait, start_gate
from reconcilers.removing import grace_of, stop
from reconcilers.world import ContainerWorld

EXHAUSTED = "AttemptsExhausted"


@dataclass(frozen=True, slots=True)
class Crash:
    """The end of a run that nobody asked for: why, and when it came (for a living, failing one: now)."""

    why: str
    at: datetime | None


def starting(world: ContainerWorld, instance: Instance, container: Container, now: datetime) -> Start | Wait:
    """Return the start of a container that is created or has exited, or why it has to wait."""
    asked = restart_is_asked(world, instance, container)
    if not asked and (held := held_back(instance, now)):
        return held
    if gate := start_gate(world):
        return gate
    if asked:
        return _start(instance, container, "a restart was asked for", restart=True)
    if container.started_at is None:
        return _start(instance, container, "declared but not started")
    if why := somebodys_deed(world, instance, container):
        # Ergon's own stop was somebody's wish, and the next run begins with a clean record.
        failures = None if instance.stop_expected else instance.restarts.failures
        return _start(instance, container, why, restart=True, failures=failures)
    return hopeless(world, instance, container, now) or _after_crash(
        world, instance, container, Crash(how_it_ended(container), container.finished_at), now
    )


def hopeless(world: ContainerWorld, instance: Instance, container: Container, now: datetime) -> Wait | None:
    """Return the hold on a container whose runs end for a reason that no restart takes away.

    The first restart waits for no verdict, and is what one rests on: until the newest end is looked into, it is
    taken for one like the last. It is tried again once a minute, and when something it depends on has begun anew.
    """
    verdict = world.verdicts.get(instance.uid)
    if verdict is None or not verdict.holds or not crashes(world, instance, container, container.finished_at):
        return None
    tried = instance.restarts.last_restart or verdict.ended_at
    due = tried + timedelta(seconds=HELD_RETRY_S)
    facts = (world.dependencies.get(name) for name in world.spec.depends_on)
    if now >= due or any(fact and fact.began and fact.began > tried for fact in facts):
        return None
    return Wait("held", verdict.rule, f"{verdict.cause}; {how_it_ended(container)}, and a restart does not help", due)


def restarting(
    world: ContainerWorld, instance: Instance, container: Container, why: str, now: datetime
) -> tuple[Action, ...] | Wait:
    """Return the stop and start of a container that runs but fails, or how long it is left alone."""
    start = _after_crash(world, instance, container, Crash(why, now), now)
    if isinstance(start, Wait):
        return start
    return (stop(instance, container, grace_of(instance), why), start)


def restart_by_hand(world: ContainerWorld, instance: Instance, container: Container) -> tuple[Action, ...]:
    """Return the stop and start that a person asked for, nothing when that has been done."""
    if not restart_is_asked(world, instance, container):
        return ()
    reason = "a restart was asked for"
    start = _start(instance, container, reason, restart=True)
    return (stop(instance, container, grace_of(instance), reason), start)


def restart_is_asked(world: ContainerWorld, instance: Instance, container: Container) -> bool:
    """Return whether a person asked for a restart that this container has not had since."""
    asked = world.stored.restart_requested
    if asked is None:
        return False
    since = (container.created_at, container.started_at, instance.restarts.last_restart)
    return all(moment < asked for moment in since if moment)


def held_back(instance: Instance, now: datetime) -> Wait | None:
    """Return the hold that a deterministic failure put on an instance, while it lasts."""
    restarts = instance.restarts
    if restarts.held and restarts.retry_at is not None and now < restarts.retry_at:
        return Wait("held", restarts.held, restarts.last_reason, restarts.retry_at)
    return None


def _after_crash(
    world: ContainerWorld, instance: Instance, container: Container, crash: Crash, now: datetime
) -> Start | Wait:
    restart, why = world.spec.effective_restart, crash.why
    failures = crashes(world, instance, container, crash.at)
    if exhausted(restart, failures):
        return Wait("failed", EXHAUSTED, f"{why}; gave up after {failures} restarts")
    due = retry_at(instance.restarts, failures, restart.backoff)
    if due is not None and now < due:
        return Wait(
            "crash-looping", "BackingOff", f"{why}; restarted {failures} times, next try when the wait is over", due
        )
    return _start(instance, container, why, restart=True, failures=failures + 1)


def _start(
    instance: Instance, container: Container, reason: str, *, restart: bool = False, failures: int | None = None
) -> Start:
    return Start(reason, instance.uid, instance.slot, container_id=container.id, restart=restart, failures=failures)
