"""Measure rows, print them as a table, and write them as JSON.

python -m bench [ROW...] [--containers N...] [--runs N] [--seconds S] [--json FILE]
"""

import argparse
import json
import os
import platform
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from docker.errors import DockerException
from rich.console import Console

from bench import report
from bench.figures import Measured, Row
from bench.options import Options
from bench.rows import companions, convergence, diff, dockerfiles, drift, idle, planner, recovery
from bench.stage import Stage, staged
from controller.errors import ServiceError
from tools.messages import Impossible, say, stop_with

ROWS: Mapping[str, Callable[[Stage, Options], Measured]] = {
    "recovery": recovery.measure,
    "convergence": convergence.measure,
    "diff": diff.measure,
    "drift": drift.measure,
    "idle": idle.measure,
    "companions": companions.measure,
    "planner": planner.measure,
    "dockerfiles": dockerfiles.measure,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line names; 1 when a row could not be measured, however the figures are."""
    given = parser().parse_args(arguments)
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _leave)
    options = Options(given.containers, given.runs, given.seconds)
    with staged() as stage:
        rows = [measured(name, stage, options) for name in given.rows or ROWS]
        about = {**stage.about(), "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}"}
    console = Console()
    report.show(rows, about, console if console.is_terminal else Console(width=report.PLAIN_WIDTH))
    if given.json:
        given.json.write_text(json.dumps(report.as_json(rows, about), indent=2) + "\n")
    return 1 if any(row.failure for row in rows) else 0


def measured(name: str, stage: Stage, options: Options) -> Row:
    """Measure one row; what stands against it spoils no other row."""
    before = os.getloadavg()[0]
    say(f"{name}: load average {before:.2f}")
    try:
        found, failure = ROWS[name](stage, options), ""
    except (Impossible, DockerException, ServiceError) as problem:
        found, failure = Measured(), f"not measured: {problem}"
        stage.clear()
    return Row(name, found, before, os.getloadavg()[0], failure)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parsed = argparse.ArgumentParser(prog="python -m bench", description="Measure speeds beside limits and peers.")
    parsed.add_argument("rows", nargs="*", type=_row, metavar="ROW", help=f"all, or some of {', '.join(ROWS)}")
    parsed.add_argument("--containers", nargs="+", type=_positive, default=[40, 200], metavar="N", help="40 200")
    parsed.add_argument("--runs", type=_positive, help="tries of each contender; each row has its own usual number")
    parsed.add_argument("--seconds", type=float, default=60.0, help="how long idling is watched: 60")
    parsed.add_argument("--json", type=Path, metavar="FILE", help="write everything, single samples too")
    return parsed


def _row(text: str) -> str:
    if text not in ROWS:
        raise argparse.ArgumentTypeError(f"{text!r} is no row; there are {', '.join(ROWS)}")
    return text


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except Impossible as problem:
        stop_with(problem)
