"""Why a build failed, from what its step said and its Dockerfile. What is known about that is loaded when one fails."""

from pathlib import Path
from typing import TYPE_CHECKING

from desired_state.build import Build
from engine.errors import BuildFailed

if TYPE_CHECKING:
    from dockerfiles.build_failures.explaining import Explanation


def explanation(failed: BuildFailed, build: Build) -> "Explanation":
    """Return what is known of a failure. Reads the Dockerfile."""
    from dockerfiles.build_failures.explaining import explain  # noqa: PLC0415 - so many words

    return explain(failed.step, failed.why, failed.said, _dockerfile(build))


def place(found: "Explanation", build: Build) -> str:
    """Return the line of the Dockerfile, or the step where that is not known."""
    return f"{build.dockerfile or 'Dockerfile'}:{found.line}: {found.instruction}" if found.line else found.step


def with_its_cause(failed: BuildFailed, build: Build) -> BuildFailed:
    """Return a failure that says its likely cause and what to do, in the one line that statuses have."""
    found = explanation(failed, build)
    if found.cause.code == "step-failed":
        return failed
    advice = f"; {found.cause.advice}" if found.cause.advice else ""
    line = f" ({build.dockerfile or 'Dockerfile'}:{found.line})" if found.line else ""
    message = f"{failed.message}; likely cause{line}: {found.cause.text}{advice}"
    return BuildFailed(message, failed.step, failed.why, failed.said)


def _dockerfile(build: Build) -> str:
    try:
        return (Path(build.context) / (build.dockerfile or "Dockerfile")).read_text(errors="replace")
    except OSError:
        return ""
