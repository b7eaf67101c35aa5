"""A build that failed, in words that spare a look at its whole output."""

from collections.abc import Sequence

from engine.errors import BuildFailed

# Enough to see what a step complained of; and enough to find out why.
_SHOWN_LINES = 5
KEPT_LINES = 200


def step_failed(tag: str, step: str, why: str, said: Sequence[str]) -> BuildFailed:
    """Return the error for a build that ended at a step ("" when at none), with the last lines of its output."""
    where = f"{step}: " if step else ""
    output = " | ".join(said[-_SHOWN_LINES:])
    message = f"cannot build {tag}: {where}{why}" + (f"; its last words: {output}" if output else "")
    return BuildFailed(message, step, why, said)
