"""What is wrong with state files, each problem with its place."""

from collections.abc import Iterable
from dataclasses import dataclass

MAX_MESSAGE = 400
MAX_PROBLEMS_PER_FILE = 50


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file. Lines and columns count from 1; a tab or a wide character is one column."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{printable(self.file)}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One problem. Prints as `file:line:column: message`; line 0 means the file as a whole."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = f"{printable(self.file)}:{self.line}:{self.column}" if self.line else printable(self.file)
        return f"{place}: {printable(self.message)}"


class StateFileError(Exception):
    """State files were refused. `problems` holds every problem of every file, in the order of the text."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def printable(text: str) -> str:
    """Return text that can't disturb a terminal or a log: what doesn't print is escaped, what is long is cut."""
    cut = text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 1] + "…"
    if cut.isprintable():
        return cut
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in cut)


def first_of(problems: list[Problem]) -> list[Problem]:
    """Return one file's problems in the order of its text, and beyond a screenful only how many more there are."""
    found = sorted(set(problems))
    if len(found) <= MAX_PROBLEMS_PER_FILE:
        return found
    shown = found[:MAX_PROBLEMS_PER_FILE]
    more = Problem(shown[-1].file, shown[-1].line, shown[-1].column, f"and {len(found) - len(shown)} more problems")
    return [*shown, more]
