"""Say what will be done about a change, in which order and when, what that interrupts, and how much it is in all."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from console.cli.humane import duration, parse_time
from console.cli.text import visible
from console.cli.verdicts import is_unshown
from controller.client import Json

_MARKERS = {"create": ("+", "green"), "adopt": ("+", "green"), "delete": ("-", "red"), "none": ("!", "cyan")}
_CHANGED = ("~", "yellow")
_UPDATES = {
    "in-place": "update in place",
    "rename": "rename",
    "reconnect": "reconnect to its networks",
    "restart": "restart",
}
_DEEDS = {"replace": "replace by a new container", "none": "leave as it is"}
_ANEW = {"Network": "make anew", "Image": "fetch or build"}
# The classes of the summary, the mildest last but one; whether something ends is always said.
_CLASSES = ("create", "start", "change in place", "reconnect", "restart", "replace", "stop", "adopt")


def marker(change: Json) -> tuple[str, str]:
    """Return the sign that a change begins with, and its colour."""
    return _MARKERS.get(change["action"], _CHANGED)


def step(changes: Sequence[Json], now: datetime) -> str:
    """Return the line that says what is done about changes that differ in nothing but the container."""
    first = changes[0]
    if not first["order"]:
        return visible(f"=> {_deed(first)}{_waits(first)}")
    lost = f"; interruption: {first['interruption']}" if _may_interrupt(first) else ""
    return visible(f"=> step {first['order']}: {_deed(first)}{_when(first, now)}{lost}")


def summary(difference: Json) -> str:
    """Return one sentence: the plan's id (what can't be carried out has none), how many objects come, change and go."""
    changes = difference["changes"]
    unshown = sum(map(is_unshown, changes))
    apart = f" ({unshown} not shown without --all)" if unshown else ""
    shown = [change for change in changes if not is_unshown(change)]
    if not shown:
        return f"In sync: everything runs as declared{apart}."
    counts = Counter(map(_class_of, shown))
    parts = [f"{counts[name]} to {name}" for name in _CLASSES if counts[name]]
    parts.append(f"{counts['delete']} to delete" if counts["delete"] else "nothing to delete")
    parts += [f"{counts['none']} only told"] if counts["none"] else []
    return f"{f'Plan {named}' if (named := difference['plan']) else 'Plan'}: {', '.join(parts)}{apart}."


def _class_of(change: Json) -> str:
    action = str(change["action"])
    if action == "update":
        return {"reconnect": "reconnect", "restart": "restart"}.get(change["effect"], "change in place")
    return "change in place" if action == "unpause" else action


def _deed(change: Json) -> str:
    action = str(change["action"])
    if change["kind"] != "Container" and action in ("replace", "update"):
        return _ANEW.get(change["kind"], action)
    if action == "update":
        return _UPDATES.get(change["effect"], action)
    return _DEEDS.get(action, action)


def _waits(change: Json) -> str:
    return f", waits for {change['when']['why']}" if change["when"]["word"] == "waits" else ""


def _when(change: Json, now: datetime) -> str:
    """Return when it is done, as the rest of a sentence."""
    word, why = change["when"]["word"], str(change["when"]["why"])
    left = _left(change["when"]["at"], now)
    inside = f" in {left}" if left else ""
    phrases = {
        "backoff": f",{inside} after backoff",
        "later": f",{inside or ' in a moment'}",
        "held": ", held" + (f" (tried again in {left})" if left else ""),
        "waits": "," if why.startswith("waits for") else ", waits",
        "paused": f", when the pause ends{inside}",
        "never": ", given up",
    }
    if word not in phrases:
        return ", now"
    if phrases[word] == ",":
        return f", {why}"
    return phrases[word] + (f": {why}" if why else "")


def _left(at: str | None, now: datetime) -> str:
    moment = parse_time(at)
    return duration((moment - now).total_seconds()) if moment else ""


def _may_interrupt(change: Json) -> bool:
    return bool(change["kind"] == "Container" or change["interruption"] not in ("", "none"))
