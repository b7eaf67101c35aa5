"""Show how resources come up: a table that redraws itself on a terminal, a line per change elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from console.cli import resources
from console.cli.session import Session, note
from console.cli.tables import table_lines
from console.cli.targets import Target
from console.cli.text import visible
from controller.client import Json

Show = Callable[[list[Json]], None]


@contextmanager
def progress(session: Session) -> Iterator[Show]:
    """Give a function that shows the status of resources, to be called at every look."""
    if session.width is None:
        yield _lines()
        return
    from rich.console import Console  # noqa: PLC0415 - on a terminal only
    from rich.live import Live  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    with Live(console=Console(stderr=True, highlight=False), auto_refresh=False) as live:

        def show(found: list[Json]) -> None:
            lines = table_lines(*resources.table(found, session.now()), session.width)
            live.update(Text.from_ansi("\n".join(lines)), refresh=True)

        yield show


def _lines() -> Show:
    told: dict[Target, str] = {}

    def show(found: list[Json]) -> None:
        for one in found:
            target = Target.of(one)
            line = f"{target} {one['phase']} {resources.message(one)}".rstrip()
            if told.get(target) != line:
                told[target] = line
                note(visible(line))

    return show
