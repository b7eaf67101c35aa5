"""How the end of what is one thing in Docker is shown: of a network, of a volume."""

from desired_state.key import Key
from reconcilers.decision import Change, FieldChange


def end_of(key: Key) -> Change:
    """Return the change by which something that was declared goes away."""
    return Change(key, "delete", "recreate", (FieldChange("status.state", None, "present", "spec", "recreate"),))
