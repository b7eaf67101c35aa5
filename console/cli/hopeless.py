"""Tell when waiting longer is of no use: what is left waits for a person, or for others that do."""

from collections.abc import Iterable

from controller.client import Json

# What ends by itself within this long was only passing: a port that is about to be freed.
STUCK_S = 3.0

_FOR_A_PERSON = ("Held", "Conflict", "Failed", "Paused")
_FOR_OTHERS = ("DependencyNotReady", "DependencyFailed", "DependencyMissing")


def is_stuck(unsettled: Iterable[Json]) -> bool:
    """Return whether none of these resources can get on by itself: each is held, failed, or waits for such a one."""
    left = list(unsettled)
    held = [one for one in left if _is_judged(one) and one["phase"] in _FOR_A_PERSON]
    waiting = [one for one in left if one not in held and one["reason"] in _FOR_OTHERS]
    return bool(held) and len(held) + len(waiting) == len(left)


def _is_judged(resource: Json) -> bool:
    """Return whether its status speaks of what is declared now."""
    return bool(resource["observed_generation"] >= resource["generation"])
