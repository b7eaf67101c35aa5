"""What stands in aish's registry about a companion. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

Entry = dict[str, Any]


def entry(
    *, name: str, endpoint: str, path: str, socket: str, pid: int, container_id: str, capabilities: Collection[str]
) -> Entry:
    """Return the entry of one companion.

    Its type is `ci_tool`, because aish keeps no other; `json_simple` makes it send by HTTP and show the reply.
    """
    return {
        "name": name,
        "type": "ci_tool",
        "kind": "container",
        "message_format": "json_simple",
        "endpoint": endpoint,
        "message_endpoint": path,
        "socket": socket,
        "pid": pid,
        "container_id": container_id,
        "capabilities": sorted(capabilities),
    }


def asserted(found: Mapping[str, Entry], wanted: Mapping[str, Entry], once_ours: Collection[str]) -> dict[str, Entry]:
    """Return the registry with our entries as they should be, and everybody else's as they are."""
    others = {name: one for name, one in found.items() if name not in once_ours or name in wanted}
    return {**others, **wanted}


def listed_name(name: str) -> str:
    """Return a companion's name as aish looks for it: in lower case."""
    return name.lower()
