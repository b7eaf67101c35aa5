"""Aligned columns: plain text for files and pipes, wrapped to the terminal's width by rich for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from console.cli.text import visible

if TYPE_CHECKING:
    from rich.table import Table

GAP = "  "


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `style` is a colour name that click and rich both know, "" for none."""

    text: str
    style: str = ""


def print_table(heading: Sequence[str], rows: Sequence[Sequence[Cell | str]], width: int | None) -> None:
    """Print rows under a heading. `width` None means not a terminal: full lines, nothing cut or wrapped."""
    cells = [[_safe(cell) for cell in row] for row in rows]
    if width is None or _natural_width(heading, cells) <= width:
        _print_plain(heading, cells)
    else:
        _print_wrapped(heading, cells, width)


def _safe(cell: Cell | str) -> Cell:
    # Escapes hold no control characters, so what is safe already stays as it is.
    return Cell(visible(cell)) if isinstance(cell, str) else Cell(visible(cell.text), cell.style)


def _natural_width(heading: Sequence[str], rows: list[list[Cell]]) -> int:
    return sum(_column_widths(heading, rows)) + len(GAP) * (len(heading) - 1)


def _column_widths(heading: Sequence[str], rows: list[list[Cell]]) -> list[int]:
    return [max(len(title), *(len(row[index].text) for row in rows), 0) for index, title in enumerate(heading)]


def _print_plain(heading: Sequence[str], rows: list[list[Cell]]) -> None:
    widths = _column_widths(heading, rows)
    click.echo(_plain_line([Cell(title, "bold") for title in heading], widths))
    for row in rows:
        click.echo(_plain_line(row, widths))


def _plain_line(row: list[Cell], widths: list[int]) -> str:
    last = max((index for index, cell in enumerate(row) if cell.text), default=0)
    shown = [_painted(cell) + " " * (width - len(cell.text)) for cell, width in zip(row[:last], widths, strict=False)]
    return GAP.join([*shown, _painted(row[last])])


def _painted(cell: Cell) -> str:
    if cell.style == "bold":
        return click.style(cell.text, bold=True)
    return click.style(cell.text, fg=cell.style) if cell.style else cell.text


def _print_wrapped(heading: Sequence[str], rows: list[list[Cell]], width: int) -> None:
    from rich.console import Console  # noqa: PLC0415 - only when something must be wrapped

    Console(width=width, highlight=False).print(wrapped_table(heading, rows))


def wrapped_table(heading: Sequence[str], rows: Sequence[Sequence[Cell | str]]) -> "Table":
    """Return the same table for rich to draw; only its last column is broken into several lines."""
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, padding=(0, len(GAP), 0, 0), header_style="bold")
    for title in heading[:-1]:
        table.add_column(title, no_wrap=True)
    table.add_column(heading[-1], overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell.text, style=cell.style) for cell in map(_safe, row)))
    return table
