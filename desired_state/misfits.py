"""Several problems found inside one value, told apart by where they sit."""

from collections.abc import Callable, Iterable
from typing import Any

Path = tuple[str | int, ...]


class Misfits(ValueError):
    """What is wrong with parts of one value: pairs of the path below that value and a message for people."""

    def __init__(self, found: Iterable[tuple[Path, str]]) -> None:
        self.found = tuple(found)
        super().__init__("; ".join(message for _, message in self.found))


def each(items: list[Any], convert: Callable[[Any], Any]) -> list[Any]:
    """Return every item converted.

    Raises:
        Misfits: `convert` refused some items with ValueError; all of them are named by their index.
    """
    converted, found = [], []
    for index, item in enumerate(items):
        try:
            converted.append(convert(item))
        except ValueError as error:
            found.append(((index,), str(error)))
    if found:
        raise Misfits(found)
    return converted
