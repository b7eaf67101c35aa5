"""Run declared hooks inside containers, each within its deadline, and tell how each went and what it printed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from container_ci.logs.redaction import Redactor
from controller.clock import Clock
from controller.records import owner_key
from desired_state.hooks import Hook
from engine.errors import EngineError
from engine.protocol import Command, Engine, Ran
from observed_state.instance import Instance
from store import events

Part = Callable[[Session], Any]

# As in Kubernetes: however long its hooks took, a container has so long to end by itself.
LEAST_GRACE_S = 2.0
_SHOWN_OUTPUT = 500
_REDACTOR = Redactor()


@dataclass(frozen=True, slots=True)
class HookRun:
    """How one hook went. `error` says what was wrong, "" for nothing."""

    hook: Hook
    output: str = ""
    error: str = ""


class Hooks:
    """Runs hooks through one engine."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def run(self, container_id: str, hooks: Sequence[Hook]) -> list[HookRun]:
        """Run hooks one after another until one fails, and return how they went.

        Raises:
            EngineError: the container can't be reached or does not run any more.
        """
        done: list[HookRun] = []
        for hook in hooks:
            done.append(_outcome(hook, await self._engine.run_command(container_id, _command(hook, hook.timeout))))
            if done[-1].error:
                break
        return done

    async def run_all(self, container_id: str, hooks: Sequence[Hook], within_s: float) -> tuple[list[HookRun], float]:
        """Run all hooks, whatever becomes of them, and return how they went and how much of the time is left."""
        ends_at = self._clock.monotonic() + within_s
        done: list[HookRun] = []
        for hook in hooks:
            left = ends_at - self._clock.monotonic()
            if left <= 0:
                done.append(HookRun(hook, error="there was no time left for it"))
                continue
            try:
                ran = await self._engine.run_command(container_id, _command(hook, min(left, hook.timeout)))
                done.append(_outcome(hook, ran))
            except EngineError as error:
                done.append(HookRun(hook, error=error.message))
        return done, max(ends_at - self._clock.monotonic(), LEAST_GRACE_S)

    def told(self, instance: Instance, phase: str, runs: Sequence[HookRun]) -> Part:
        """Return the part that tells of hooks as events."""
        now = self._clock.now()

        def write(session: Session) -> None:
            for run in runs:
                events.record(
                    session,
                    owner_key(instance),
                    type="Warning" if run.error else "Normal",
                    reason="HookFailed" if run.error else "HookSucceeded",
                    message=_sentence(phase, run),
                    now=now,
                    instance=instance.name,
                )

        return write


def first_error(phase: str, runs: Sequence[HookRun]) -> str:
    """Return what is said of the hook that failed, "" when none did."""
    return next((_sentence(phase, run) for run in runs if run.error), "")


def _command(hook: Hook, timeout_s: float) -> Command:
    return Command(
        words=tuple(hook.command),
        user=hook.user,
        environment={name: value or "" for name, value in hook.environment.items()},
        working_dir=hook.working_dir,
        privileged=bool(hook.privileged),
        timeout_s=timeout_s,
    )


def _outcome(hook: Hook, ran: Ran) -> HookRun:
    if ran.exit_code is None:
        return HookRun(hook, ran.output, "did not end in time")
    return HookRun(hook, ran.output, f"exited with code {ran.exit_code}" if ran.exit_code else "")


def _sentence(phase: str, run: HookRun) -> str:
    output = _REDACTOR.redact(run.output.strip())[-_SHOWN_OUTPUT:]
    return f"{phase} hook `{run.hook.shown}` {run.error or 'ended well'}{f': {output}' if output else ''}"
