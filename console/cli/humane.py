"""Times, durations and sizes in the form people read and write them."""

import re
from datetime import UTC, datetime, timedelta

import click

_UNIT_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")
_SIZE_UNITS = (("G", 1 << 30), ("M", 1 << 20), ("k", 1 << 10))


def age(since: str | None, now: datetime) -> str:
    """Return how long ago an ISO 8601 time was, as `5s`, `3m`, `2h10m`, `4d3h`; "-" for None."""
    moment = parse_time(since)
    return "-" if moment is None else duration((now - moment).total_seconds())


def duration(seconds: float) -> str:
    """Return the two most telling units; what lies in the future reads as `0s`."""
    left = max(0, int(seconds))
    if left < 600:
        return f"{left}s" if left < 120 else f"{left // 60}m{left % 60}s" if left % 60 else f"{left // 60}m"
    parts = []
    for unit, size in _UNIT_SECONDS.items():
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts[:2] if "d" in parts[0] or "h" in parts[0] else parts[:1])


def size(count: int) -> str:
    """Return bytes as `256M` when that is exact, else as the plain number."""
    for unit, factor in _SIZE_UNITS:
        if count >= factor and count % factor == 0:
            return f"{count // factor}{unit}"
    return str(count)


def parse_time(text: str | None) -> datetime | None:
    """Return an ISO 8601 time as aware UTC, None for None, "" and what is no time."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def megabytes(size: int) -> str:
    """Return a size in bytes as people read it, `12.3 MB`."""
    return f"{size / 1e6:.1f} MB"


class Duration(click.ParamType[float]):
    """An option such as `90s`, `2h`, `1d12h` or plain seconds; gives seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, int | float):
            return float(value)
        text = str(value).strip()
        if text.replace(".", "", 1).isdecimal():
            return float(text)
        match = _DURATION.fullmatch(text)
        if not text or match is None:
            self.fail(f"{text!r} is not a duration; write it like 90s, 10m, 2h or 1d12h", param, ctx)
        return sum(float(part or 0) * unit for part, unit in zip(match.groups(), _UNIT_SECONDS.values(), strict=True))


class Since(click.ParamType[timedelta | datetime]):
    """An option that is a time (ISO 8601) or how long ago (`10m`)."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta | datetime:
        if isinstance(value, datetime | timedelta):
            return value
        if (moment := parse_time(str(value))) is not None:
            return moment
        try:
            return timedelta(seconds=Duration().convert(value, param, ctx))
        except click.BadParameter:
            self.fail(f"{value!r} is no time; write 10m, 2h, or a time such as 2026-05-04T12:00:00Z", param, ctx)


def moment(since: timedelta | datetime | None, now: datetime) -> str | None:
    """Return a `--since` value as ISO 8601 UTC, None for None."""
    if since is None:
        return None
    at = since if isinstance(since, datetime) else now - since
    return at.astimezone(UTC).isoformat()
