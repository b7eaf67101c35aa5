"""What these tools say: progress on stderr, and one line with cause and next step when they can't go on."""

import sys
from typing import NoReturn


class Impossible(Exception):
    """This machine can't do it as it is; the text says what a person must do."""


def say(text: str) -> None:
    """Print one line of progress; stdout is kept for results."""
    print(text, file=sys.stderr, flush=True)


def stop_with(problem: Impossible) -> NoReturn:
    """Print the problem as one line and exit 1."""
    say(f"error: {problem}")
    raise SystemExit(1)
