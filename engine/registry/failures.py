"""A registry that says no, or nothing: what happened, and what a person can do about it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from engine.errors import PullFailed

_MOST_RETRY_S = 24 * 3600.0


def refused(doing: str, registry: str, status: int, headers: Mapping[str, str], *, known: bool) -> PullFailed:
    """Return the error for an answer of 400 or above. `known` says whether credentials were sent."""
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return unauthorized(doing, registry, known=known)
    if status == HTTPStatus.NOT_FOUND:
        return PullFailed(f"cannot {doing}: {registry} has no such image; check its name and tag", "NotFound")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        message = f"cannot {doing}: {registry} asks to wait, too much was asked of it"
        advice = "" if known else f"; `docker login {registry}` may allow more"
        return PullFailed(message + advice, "RateLimited", retry_after(headers))
    said = f"{registry} answered with HTTP status {status}"
    return PullFailed(f"cannot {doing}: {said}; it is tried again", "Unreachable", retry_after(headers))


def unauthorized(doing: str, registry: str, *, known: bool) -> PullFailed:
    """Return the error for credentials that are missing, or not accepted."""
    why = "does not accept the credentials of the Docker configuration" if known else "wants credentials"
    advice = f"`docker login {registry}` as the user who runs the controller"
    return PullFailed(f"cannot {doing}: {registry} {why}, or has no such image; {advice}", "AuthFailed")


def unreachable(doing: str, registry: str, why: str) -> PullFailed:
    """Return the error for a registry that did not answer, or not to the end."""
    return PullFailed(f"cannot {doing}: {registry} {why}; check its address, or wait until it is back", "Unreachable")


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds that `Retry-After` asks for, a number or a date; None when it asks for nothing sensible."""
    text = headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return min(float(text), _MOST_RETRY_S)
    try:
        seconds = (parsedate_to_datetime(text) - (now or datetime.now(UTC))).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), _MOST_RETRY_S)
