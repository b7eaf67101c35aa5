"""Times as people and programs send them."""

from datetime import UTC, datetime

from controller.errors import ServiceError


def moment_asked(text: str | None) -> datetime | None:
    """Return the time that ISO 8601 text means, aware; without an offset it is UTC. None for None and "".

    Raises:
        ServiceError: it is no time.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ServiceError(f'"{text}" is not a time', "write it like 2026-05-01T12:00:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def required(moment: datetime | None) -> datetime:
    """Return the time, which had to be given."""
    if moment is None:
        raise ServiceError("no time is given", "write it like 2026-05-01T12:00:00Z")
    return moment
