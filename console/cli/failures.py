"""How a command ends: the exit codes, and one clean line on standard error for whatever went wrong."""

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from console.cli.text import visible
from controller.client import state_dir_from_environment
from controller.errors import ServiceError

FINE = 0
FAILED = 1
DIFFERENT = 2
TIMED_OUT = 3
INTERRUPTED = 130
NOBODY_READS = 141


class TimedOut(ServiceError):
    """What was waited for did not come in time."""


class Stuck(ServiceError):
    """What was waited for can't come by itself."""


class Problems(ServiceError):
    """Several things are wrong at once; each is one line of its own, with its place."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.lines = problems


def ended_cleanly(program: Callable[[], object]) -> int:
    """Run a program and return its exit code, whatever happens in it."""
    _never_choke_on_characters()
    try:
        code = program()
        sys.stdout.flush()
    except BrokenPipeError:
        return _nobody_reads()
    except Exception as error:  # noqa: BLE001 - the last boundary: a person sees a line, never a traceback
        return explain(error)
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    return code if isinstance(code, int) else FINE


def explain(error: Exception) -> int:
    """Print what an error means to a person, and return the exit code."""
    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case click.Abort():
            _say("interrupted")
            return INTERRUPTED
        case click.UsageError():
            _usage(error)
        case click.ClickException():
            _say(f"error: {visible(error.format_message())}")
        case Problems():
            for problem in error.lines:
                _say(f"error: {visible(problem)}")
        case TimedOut():
            _say(f"timed out: {visible(error.message)}")
            _hint(error.hint)
            return TIMED_OUT
        case ServiceError():
            _refusal(error)
        case OSError():
            _say(f"error: {visible(_os_reason(error))}")
        case _:
            _internal(error)
    return FAILED


def fail(message: str, hint: str = "") -> ServiceError:
    """Return the error that ends a command with exit code 1; to be raised by the caller."""
    return ServiceError(message, hint)


def _never_choke_on_characters() -> None:
    """Let a terminal that knows ASCII only show escapes instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _usage(error: click.UsageError) -> None:
    _say(f"error: {visible(error.format_message())}")
    if error.ctx is not None:
        _hint(f"`{error.ctx.command_path} --help` shows how it is used")


def _refusal(error: ServiceError) -> None:
    # Some messages go on with steps to take. Indented, no line of them can pass for one of ours.
    first, *more = error.message.splitlines() or [""]
    _say(f"error: {visible(first)}")
    for line in more:
        _say(f"  {visible(line)}")
    _hint(error.hint)


def _internal(error: Exception) -> None:
    log = _write_traceback(error)
    _say(f"error: internal: {visible(error) or type(error).__name__}")
    _hint(f"this is a fault in Ergon; {log} has the details")


def _write_traceback(error: Exception) -> str:
    import tempfile  # noqa: PLC0415 - slow to import, and hardly ever needed
    import traceback  # noqa: PLC0415

    text = "".join(traceback.format_exception(error))
    for folder in (state_dir_from_environment() / "log", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, path = tempfile.mkstemp(".log", "ergon-error-", folder)
        except OSError:
            continue
        with os.fdopen(handle, "w", errors="backslashreplace") as log:
            log.write(text)
        return path
    return "nothing (no folder can be written)"


def _os_reason(error: OSError) -> str:
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    return f"{error.filename}: {reason}" if error.filename else reason


def _nobody_reads() -> int:
    # The interpreter flushes standard output once more when it ends, and would complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return NOBODY_READS


def _say(line: str) -> None:
    click.echo(line, err=True)


def _hint(text: str) -> None:
    if text:
        _say(f"hint: {visible(text)}")
