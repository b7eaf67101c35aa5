"""Labels by which Docker Compose and Ergon find what is theirs. They are no part of what anybody declared."""

from collections.abc import Mapping
from typing import Any

from observed_state.container import ContainerSummary
from reconcilers import naming

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
NUMBER = "com.docker.compose.container-number"
ONE_OFF = "com.docker.compose.oneoff"
DEPENDS_ON = "com.docker.compose.depends_on"
# The name that the project's file has for a network or a volume, by kind.
NAME_IN_FILE = {"Network": "com.docker.compose.network", "Volume": "com.docker.compose.volume"}
_OWNERS = ("com.docker.compose.", naming.LABEL_PREFIX)


def without_tool_labels(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a spec with the labels of tools left out."""
    labels = {name: text for name, text in fields.get("labels", {}).items() if not name.startswith(_OWNERS)}
    kept = {name: value for name, value in fields.items() if name != "labels"}
    return kept | {"labels": labels} if labels else kept


def service_of(row: ContainerSummary) -> tuple[str, str, int] | None:
    """Return the Compose project, service and number that a container was made for, None without."""
    labels = row.labels
    project, service, number = labels.get(PROJECT), labels.get(SERVICE), labels.get(NUMBER, "1")
    if not project or not service or is_one_off(row):
        return None
    return project, service, int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 1


def is_one_off(row: ContainerSummary) -> bool:
    """Return whether Compose made a container for one command (`docker compose run`)."""
    return row.labels.get(ONE_OFF, "").lower() == "true"
