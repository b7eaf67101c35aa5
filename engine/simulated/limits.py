"""What `POST /containers/{id}/update` does with what it is sent, measured on real engines."""

from collections.abc import Mapping
from typing import Any

from engine.simulated.answers import Refusal

_SMALLEST_MEMORY = 6 << 20
_CONTRADICTION = (
    "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time"
)


def changed_limits(current: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of `HostConfig` that change.

    Zero and "" change nothing, so a limit can't be lifted; only `PidsLimit` can.

    Raises:
        Refusal: the memory is too small, or above the swap that is set.
    """
    changed = {name: value for name, value in changes.items() if value not in (0, "", None)}
    memory, swap = changed.get("Memory"), changed.get("MemorySwap", current.get("MemorySwap") or 0)
    if memory is not None and memory < _SMALLEST_MEMORY:
        raise Refusal(400, "Minimum memory limit allowed is 6MB")
    if memory is not None and 0 < swap < memory:
        raise Refusal(409, _CONTRADICTION)
    if changes.get("PidsLimit") in (0, -1):
        changed["PidsLimit"] = 0
    if "RestartPolicy" in changed:
        policy = changed["RestartPolicy"]
        changed["RestartPolicy"] = {"MaximumRetryCount": 0, **policy, "Name": policy.get("Name") or "no"}
    return changed
