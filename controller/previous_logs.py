"""What containers said in runs that have ended, from what was kept of it."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

from controller.errors import ServiceError
from controller.views import cause, moment
from desired_state.key import Key
from store import exit_reports
from store.database import Store
from store.exit_reports import Report
from store.tables import Exit

Json = dict[str, Any]


async def logs_of_previous(store: Store, keys: Sequence[Key], number: int, *, tail: int | None) -> AsyncIterator[Json]:
    """Return the kept lines of the `number`-th last run (from 1) of each container, and how each ended.

    Raises:
        ServiceError: of none of them is such a run on record.
    """
    found = [one for key in keys for one in await store.read(partial(exit_reports.previous, key=key, number=number))]
    if not found:
        which = "an ended run" if number == 1 else f"so many ended runs ({number})"
        names = ", ".join(key.name for key in keys)
        raise ServiceError(f"{which} of {names} is not on record", "`ergon describe NAME` lists the ends that are", 404)
    return _lines(found, tail)


async def _lines(found: Sequence[tuple[Exit, Report]], tail: int | None) -> AsyncIterator[Json]:
    for end, report in found:
        kept = report.lines if tail is None else report.lines[len(report.lines) - min(tail, len(report.lines)) :]
        for time, stream, text in kept:
            yield {"instance": report.container, "time": time, "stream": stream, "text": text}
        missing = f" (its log could not be read: {report.missing})" if report.missing else ""
        text = f"-- ended: {cause(end, report)}{missing}"
        yield {"instance": report.container, "time": moment(end.finished_at), "stream": "exit", "text": text}
