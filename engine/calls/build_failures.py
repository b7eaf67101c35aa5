"""A build that failed, in words that spare a look at its whole output."""

from collections.abc import Iterable

from engine.errors import Refused

# Enough to see what a step complained of.
LAST_LINES = 5


def step_failed(tag: str, step: str, why: str, said: Iterable[str]) -> Refused:
    """Return the error for a build that ended at a step ("" when at none), with the last lines of its output."""
    where = f"{step}: " if step else ""
    output = " | ".join(said)
    return Refused(f"cannot build {tag}: {where}{why}" + (f"; its last words: {output}" if output else ""))
