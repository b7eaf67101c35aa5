"""Why an image could not be had, read from the words of the daemon and the registry."""

import re

from desired_state.image_reference import parse
from engine.errors import PullFailed

# The first that matches counts: "pull access denied" also says "may require docker login".
_REASONS = (
    ("RateLimited", re.compile(r"toomanyrequests|too many requests|rate limit", re.IGNORECASE)),
    ("NotFound", re.compile(r"pull access denied|manifest unknown|not found|no matching manifest|does not match the")),
    ("AuthFailed", re.compile(r"unauthorized|authentication required|no basic auth|denied|incorrect username")),
)
_RETRY_AFTER = re.compile(r"retry-after: ([\d.]+)(ms|µs|us|s|m|h)?", re.IGNORECASE)
_UNITS = {"µs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0}


def pull_failure(verb: str, reference: str, text: str) -> PullFailed:
    """Return the error for a pull, push or look-up that ended so; `Unreachable` unless the registry answered."""
    reason = next((reason for reason, words in _REASONS if words.search(text)), "Unreachable")
    advice = _advice(reason, parse(reference).registry)
    return PullFailed(f"cannot {verb} {reference}: {text.strip()}; {advice}", reason, _retry_after(text))


def _advice(reason: str, registry: str) -> str:
    login = f"`docker login {registry}` as the user who runs the controller"
    return {
        "RateLimited": f"it is tried again later, and {login} may allow more",
        "NotFound": f"check its name and tag; if it is private, {login}",
        "AuthFailed": login,
    }.get(reason, f"is {registry} reachable from the Docker daemon?")


def _retry_after(text: str) -> float | None:
    found = _RETRY_AFTER.search(text)
    return float(found.group(1)) * _UNITS[(found.group(2) or "").lower()] if found else None
