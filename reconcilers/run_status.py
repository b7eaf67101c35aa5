"""Say how a scheduled container stands: what runs, what comes next, and how it went the last time."""

from collections.abc import Sequence
from datetime import datetime

from desired_state.schedule import Schedule
from observed_state.run import Run
from observed_state.status import Condition, Status
from reconcilers.one_run import RunPlan
from reconcilers.world import ContainerWorld, DependencyFact


def run_status(
    world: ContainerWorld, schedule: Schedule, lives: Sequence[RunPlan], upcoming: datetime | None
) -> Status:
    """Return the status of a scheduled container."""
    generation = world.stored.generation
    phase = _phase(world, schedule, lives)
    last = last_over(world.runs)
    waiting = next((live.slot for live in lives if live.slot.state in ("waiting", "held", "conflict")), None)
    told = [waiting.message] if waiting else []
    told += [f"next run {upcoming:%Y-%m-%d %H:%M}Z"] if upcoming else []
    told += [f"run {last.number} {last.state}{f' ({last.message})' if last.message else ''}"] if last else []
    ready = Condition("Ready", "True", phase, "", generation)
    return Status(
        observed_generation=generation,
        phase=phase,
        ready=True,
        reason=waiting.reason if waiting else phase,
        message="; ".join(told),
        desired=len(lives),
        running=sum(live.slot.running for live in lives),
        restarts=sum(one.restarts.total for one in world.helpers if one.role == "run"),
        conditions=(ready, *_last_went(last, generation)),
    )


def last_over(runs: Sequence[Run]) -> Run | None:
    """Return the newest run that was begun and is over, None when there is none."""
    return next((run for run in reversed(runs) if run.state in ("succeeded", "failed", "stopped")), None)


def judge_runs(runs: Sequence[Run]) -> DependencyFact:
    """Return how far a scheduled container is for those who depend on it: its last run decides."""
    last = last_over(runs)
    if last is None:
        return DependencyFact("waiting", "no run of it is over yet")
    if last.state == "succeeded":
        return DependencyFact("completed")
    return DependencyFact("failed", f"run {last.number} {last.state}: {last.message}")


def _phase(world: ContainerWorld, schedule: Schedule, lives: Sequence[RunPlan]) -> str:
    if lives:
        return "Running" if any(live.slot.running for live in lives) else "Progressing"
    if world.stored.stopped:
        return "Stopped"
    return "Suspended" if schedule.suspended else "Scheduled"


def _last_went(last: Run | None, generation: int) -> tuple[Condition, ...]:
    if last is None:
        return ()
    well = last.state == "succeeded"
    return (
        Condition("LastRunSucceeded", "True" if well else "False", last.state.capitalize(), last.message, generation),
    )
