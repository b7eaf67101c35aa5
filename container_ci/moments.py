"""Times as people and labels write them."""

from datetime import UTC, datetime


def moment_in(text: str) -> datetime | None:
    """Return the time that a text is, ISO 8601; None when it is none. A time without zone is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
