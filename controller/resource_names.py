"""Names of things in Docker as names of resources, which DNS must know, too."""

import re

from desired_state.names import PATTERN

_VALID = re.compile(PATTERN)
_FOREIGN = re.compile(r"[^a-z0-9_.-]+|\.{2,}")
_LONGEST = 63


def resource_name(text: str) -> str:
    """Return the nearest name that a resource can have: `My_DB!` is `my_db`; "unnamed" when nothing is left."""
    if len(text) <= _LONGEST and _VALID.fullmatch(text):
        return text
    return _FOREIGN.sub("-", text.lower()).strip("._-")[:_LONGEST].rstrip("._-") or "unnamed"
