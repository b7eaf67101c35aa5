"""The results, as a table for people and as JSON for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.figures import Figure, Row, Unit

# Wide enough for every line where the output is no terminal and has no width of its own.
PLAIN_WIDTH = 150
_COLUMNS = ("row", "figure", "Ergon", "beside", "its figure", "ratio", "allowed", "")
_STYLES = {"ok": "green", "over": "bold red", "-": "dim"}
_DIGITS: Mapping[Unit, int] = {"ms": 1, "s": 2, "us": 1, "%": 2, "MB": 1, "": 0}


def show(rows: Sequence[Row], about: Mapping[str, str], console: Console) -> None:
    """Print what was measured, with the load of the machine around each row."""
    console.print(Text("  ".join(f"{name}: {value}" for name, value in about.items())))
    console.print(table(rows))
    for row in rows:
        load = f"load average {row.load_before:.2f} before, {row.load_after:.2f} after"
        console.print(Text(f"{row.name}: {row.failure or load}", style="red" if row.failure else ""))
        for note in row.measured.notes:
            console.print(Text(f"  {note}", style="dim"))


def table(rows: Sequence[Row]) -> Table:
    """Return one line per figure."""
    drawn = Table(*_COLUMNS, box=None, pad_edge=False)
    for row in rows:
        for place, figure in enumerate(row.measured.figures):
            drawn.add_row(row.name if place == 0 else "", *cells(figure))
    return drawn


def cells(figure: Figure) -> tuple[str | Text, ...]:
    """Return a figure's cells, from its name to its verdict."""
    return (
        figure.name,
        amount(figure.value, figure.unit),
        figure.beside or "-",
        "-" if figure.other is None else amount(figure.other, figure.unit),
        "-" if figure.ratio is None else f"{figure.ratio:.2f}",
        "-" if figure.allowed is None else f"<= {figure.allowed:.2f}",
        Text(figure.verdict, style=_STYLES[figure.verdict]),
    )


def amount(value: float, unit: Unit) -> str:
    """Return a figure as people read it."""
    return f"{value:.{_DIGITS[unit]}f} {unit}".rstrip()


def as_json(rows: Sequence[Row], about: Mapping[str, str]) -> dict[str, Any]:
    """Return everything, the single samples included; ratios and verdicts are given, not left to be computed."""
    return {"about": dict(about), "rows": [_row(row) for row in rows]}


def _row(row: Row) -> dict[str, Any]:
    return {
        "row": row.name,
        "failure": row.failure,
        "load_before": row.load_before,
        "load_after": row.load_after,
        "figures": [asdict(one) | {"ratio": one.ratio, "verdict": one.verdict} for one in row.measured.figures],
        "samples": {name: list(values) for name, values in row.measured.samples.items()},
        "notes": list(row.measured.notes),
    }
