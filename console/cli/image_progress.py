"""Show long work on images while it goes on: what is said scrolls by, on a terminal with what is being done below."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from console.cli.failures import fail
from console.cli.session import Session, note
from console.cli.text import visible
from controller.client import Json

_WORDS = {"building": "Building {}", "pushing": "Pushing {}", "step": "{}", "layers": "{}"}

Show = Callable[[str], None]


def follow(session: Session, answers: Iterator[Json], *, as_json: bool, quiet: bool = False) -> Json | None:
    """Show answers until the last one, and return that for people to be told; None when it was printed as JSON.

    Raises:
        ServiceError: the work failed.
    """
    if as_json:
        _as_lines(answers)
        return None
    with _line_below(session) as (show, say):
        for one in answers:
            if "done" in one:
                done: Json = one["done"]
                return done
            if "failed" in one:
                break
            if (text := one.get("line")) is not None:
                if not quiet and not _is_step(text):
                    say(visible(text))
                continue
            word, text = next(iter(one.items()))
            show(_WORDS.get(word, "{}").format(visible(text)))
        else:
            raise fail("the work broke off without an outcome", "`ergon status` says whether the controller still runs")
    raise fail(one["failed"]["message"], one["failed"]["hint"])


def _as_lines(answers: Iterator[Json]) -> None:
    for one in answers:
        click.echo(json.dumps(one))
        if "failed" in one:
            raise fail(one["failed"]["message"], one["failed"]["hint"])


def _is_step(line: str) -> bool:
    """Return whether a line of output is a step, which is shown as such."""
    return line.startswith("Step ") or " [" in line[:8]


@contextmanager
def _line_below(session: Session) -> Iterator[tuple[Show, Show]]:
    """Give functions that show what is being done, and what is said: on a terminal the former stays below all else."""
    if session.width is None:
        yield _each_once(), note
        return
    from rich.console import Console  # noqa: PLC0415 - on a terminal only
    from rich.markup import escape  # noqa: PLC0415

    console = Console(stderr=True, highlight=False)
    with console.status("...") as status:
        last = ""

        def show(text: str) -> None:
            nonlocal last
            if text != last and text.startswith(("Step ", "[")):
                console.print(f"[bold]{escape(text)}[/bold]")
            last = text
            status.update(escape(text))

        yield show, lambda text: console.print(escape(text), style="dim")


def _each_once() -> Show:
    """Return a function that prints a line when it differs from the last; of numbers that only grow, not each."""
    last = ""

    def show(text: str) -> None:
        nonlocal last
        if text.partition(",")[0] != last.partition(",")[0]:
            note(text)
        last = text

    return show
