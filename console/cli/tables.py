"""Aligned columns. Where they are wider than the terminal, the last one moves to a line of its own under its row."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import click

from console.cli.text import visible

_GAP = "  "
_UNDER = "    "
_NARROWEST = 20


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `style` is a colour name, "bold" or "dim"; "" for none."""

    text: str
    style: str = ""


Row = Sequence[Cell | str]


def print_table(heading: Sequence[str], rows: Sequence[Row], width: int | None) -> None:
    """Print rows under a heading. `width` None means not a terminal: one line per row, whatever its length."""
    for line in table_lines(heading, rows, width):
        click.echo(line)


def print_section(width: int | None, title: str, heading: Sequence[str], rows: Sequence[Row]) -> None:
    """Print a table under a title, nothing when there are no rows."""
    if rows:
        click.echo()
        click.secho(title, bold=True)
        print_table(heading, rows, width)


def table_lines(heading: Sequence[str], rows: Sequence[Row], width: int | None) -> list[str]:
    """Return the lines of a table, with colours."""
    cells = [[_safe(cell) for cell in row] for row in rows]
    titles = [Cell(title, "bold") for title in heading]
    widths = [max(len(row[column].text) for row in [titles, *cells]) for column in range(len(titles))]
    if width is None or sum(widths) + len(_GAP) * (len(widths) - 1) <= width:
        return [_line(row, widths) for row in [titles, *cells]]
    lines = [_line(titles[:-1], widths)]
    for row in cells:
        lines += [_line(row[:-1], widths), *_under(row[-1].text, width)]
    return lines


def _safe(cell: Cell | str) -> Cell:
    return Cell(visible(cell)) if isinstance(cell, str) else Cell(visible(cell.text), cell.style)


def _line(row: Sequence[Cell], widths: Sequence[int]) -> str:
    """Return one row; nothing follows its last text."""
    filled = len(row)
    while filled and not row[filled - 1].text:
        filled -= 1
    padded = [_painted(cell) + " " * (width - len(cell.text)) for cell, width in zip(row, widths, strict=False)]
    return _GAP.join([*padded[: filled - 1], *map(_painted, row[filled - 1 : filled])])


def _under(text: str, width: int) -> list[str]:
    wrapped = textwrap.wrap(text, max(width - len(_UNDER), _NARROWEST))
    return [_UNDER + _painted(Cell(line, "dim")) for line in wrapped]


def _painted(cell: Cell) -> str:
    match cell.style:
        case "":
            return cell.text
        case "bold":
            return click.style(cell.text, bold=True)
        case "dim":
            return click.style(cell.text, dim=True)
        case colour:
            return click.style(cell.text, fg=colour)
