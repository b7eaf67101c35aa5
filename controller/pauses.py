"""Begin and end pauses: by a person's word, or when their time is over."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from controller.clock import Clock
from controller.errors import ServiceError
from controller.records import Records
from controller.targets import find
from desired_state.key import Key
from desired_state.resource import Pause, Stored
from reconcilers.pausing import is_paused
from store import resources


def keys_meant(records: Records, names: Sequence[str], namespace: str | None, *, all_of_them: bool) -> list[Key]:
    """Return the resources that a person means: those named, else a whole namespace, else (only if said so) all.

    Raises:
        ServiceError: nothing is named, or nothing is there under that name.
    """
    known = records.resources
    if names:
        return [find(name, namespace, known) for name in names]
    if namespace is None and not all_of_them:
        raise ServiceError("nothing is named", "name resources, or a namespace with -n, or --all")
    keys = [key for key in records.in_order() if namespace in (None, key.namespace)]
    if not keys:
        where = f'in namespace "{namespace}"' if namespace else "at all"
        raise ServiceError(f"nothing is declared {where}", "`ergon status` lists what is declared", 404)
    return keys


def new_pause(now: datetime, *, for_s: float | None, reason: str, by: str) -> Pause:
    """Return a pause that begins `now`.

    Raises:
        ServiceError: it would be over at once, or never ends on any calendar.
    """
    try:
        until = None if for_s is None else now + timedelta(seconds=for_s)
    except (OverflowError, ValueError) as error:
        raise ServiceError("a pause can't be that long", "leave out the time: it then lasts until resumed") from error
    if until is not None and until <= now:
        raise ServiceError("a pause lasts longer than no time", "write it like 30m or 2h")
    return Pause(reason, by, now, until)


async def ended_if_over(records: Records, clock: Clock, stored: Stored) -> Stored:
    """Return the resource, its pause taken away and that recorded if the time of it is over."""
    if stored.pause is None or is_paused(stored, clock.now()):
        return stored
    write: Any = partial(resources.end_pause, key=stored.key, pause=stored.pause, now=clock.now())
    after: Stored | None = await records.store.write(write)
    if after is None:
        return stored
    records.take_resources([after])
    return after
