"""When a container is run by the clock: cron's five fields in a time zone, and what happens when runs meet or miss."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from desired_state.model import Declared
from desired_state.values import Duration
from desired_state.wording import nearest

_ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
_NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


def _cron(text: str) -> str:
    """Return the expression with its nickname written out.

    Raises:
        ValueError: cron would not read it, or it never comes.
    """
    fields = " ".join(_NICKNAMES.get(text.strip().lower(), text).split())
    if fields.startswith("@"):
        raise ValueError(f"{text!r} is not a schedule{nearest(fields.lower(), _NICKNAMES)}")
    if len(fields.split(" ")) != 5:
        raise ValueError(
            f'{text!r} is not a schedule; write five fields: minute hour day month weekday, like "0 3 * * *"'
        )
    try:
        # From a fixed moment: whether it comes at all does not depend on today.
        next(CronSim(fields, _ANY_MOMENT))
    except CronSimError as error:
        raise ValueError(f"{text!r} is not a schedule: {str(error).lower()}") from None
    except StopIteration:
        raise ValueError(f"{text!r} never comes: no year has such a day") from None
    return fields


def _zone(name: str) -> str:
    known = available_timezones()
    if name in known:
        return name
    raise ValueError(f"{name!r} is not a time zone of this machine; write one like Europe/Berlin{nearest(name, known)}")


class Keep(Declared):
    """How many finished runs keep their containers, and with them their logs. The record of a run is kept longer."""

    succeeded: Annotated[int, Field(ge=0, le=100)] = 3
    failed: Annotated[int, Field(ge=0, le=100)] = 1


class Schedule(Declared):
    """Run by the clock. A string is its `cron`.

    `missed_run_window`: a run whose time passed while nobody could start it is still begun this long
    afterwards, once; else it is recorded as missed. `starting_deadline` is read as the same.
    `overlap`: what happens when its time comes and the former run is not over.
    """

    cron: Annotated[str, AfterValidator(_cron)]
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    missed_run_window: Duration = 3600.0
    starting_deadline: Duration | None = None
    overlap: Literal["forbid", "allow", "replace"] = "forbid"
    keep: Keep = Keep()
    suspended: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which its fields are read."""
        return ZoneInfo(self.time_zone)

    @property
    def timing(self) -> str:
        """What says when it runs, in one line: times of another timing are nobody's missed runs."""
        return f"{self.cron} {self.time_zone}{' suspended' if self.suspended else ''}"

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string"}, handler(schema)]}

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"cron": value}
        if not isinstance(value, dict) or value.get("starting_deadline") is None:
            return value
        own = dict(value)
        deadline = own.pop("starting_deadline")
        if own.setdefault("missed_run_window", deadline) != deadline:
            raise ValueError("missed_run_window and starting_deadline mean the same and differ; keep one of them")
        return own

    @model_validator(mode="after")
    def _has_a_window(self) -> Self:
        if self.missed_run_window <= 0:
            raise ValueError("missed_run_window is the time in which a run may still begin; write at least 1s")
        return self
