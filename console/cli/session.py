"""What every command is given: the way to the controller, the clock, and what standard output is."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import click

from console.cli.backend import Backend
from controller.client import state_dir_from_environment


@dataclass(frozen=True)
class Session:
    """`width` is the terminal's, None when standard output is not one: nothing is wrapped or coloured then."""

    backend: Backend
    width: int | None = None
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    @property
    def state_dir(self) -> Path:
        return self.backend.state_dir

    @classmethod
    def from_environment(cls) -> "Session":
        return cls(Backend(state_dir_from_environment()), _terminal_width())


pass_session = click.make_pass_decorator(Session)


def wants_colour() -> bool | None:
    """Return False where the user said so (https://no-color.org); None leaves it to whether it is a terminal."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None


def note(text: str) -> None:
    """Tell the user something that is not the result: it goes to standard error."""
    click.echo(text, err=True)


def _terminal_width() -> int | None:
    if not sys.stdout.isatty():
        return None
    import shutil  # noqa: PLC0415 - slow to import

    return shutil.get_terminal_size().columns
