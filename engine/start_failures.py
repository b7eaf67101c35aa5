"""Why a container can't start, read from the daemon's words. Shared by every engine, so that the reasons are one set.

Texts are those of Engine 20.10 to 28.5 with runc; what is not known here keeps the reason `StartError`.
"""

import re

from engine.errors import StartFailed

_PORT = re.compile(
    r"Bind for \S*?:(\d+) failed"
    r"|listen (?:tcp|udp|sctp)\S* \S*?:(\d+): bind: address already in use"
    r"|failed to bind host port (?:for )?\S*?:(\d+)(?:/|:)"
)
_PORT_IN_USE = re.compile(r"port is already allocated|address already in use|ports are not available")
_COMMAND = re.compile(
    r"executable file not found|exec: .*(?:no such file or directory|is a directory|permission denied)"
)
_MOUNT = re.compile(
    r"error mounting|bind source path does not exist|invalid mount config"
    r"|error while (?:mounting|creating mount source path)|failed to mount local volume"
    r"|mounting a directory onto a file|not a directory: unknown"
)
# The daemon's own trouble comes as 500 too; these come from the container, and no start right away mends them.
_CONFIGURATION = re.compile(
    r"OCI runtime create failed|runtime create failed|failed to create (?:shim )?task"
    r"|driver failed programming external connectivity|could not select device driver"
    r"|error gathering device information|linux runtime spec|linux spec|failed to set up container networking"
    r"|Address already in use|no such device|Minimum memory limit|unknown or invalid runtime name"
    # What containerd was left with by a daemon that ended in the middle of a start.
    r"|\btask [0-9a-f]{64}:? already exists"
)

# What each layer below the daemon says of itself before it passes on what really went wrong.
_LAYERS = re.compile(
    r"^(?:OCI runtime create failed|runtime create failed|failed to create (?:shim )?task|runc create failed"
    r"|container_linux\.go:\d+|starting container process caused|unable to start container process"
    r"|error during container init|process_linux\.go:\d+|container init caused|rootfs_linux\.go:\d+): "
)


def in_short(text: str) -> str:
    """Return the daemon's words without the names of the layers that passed them on."""
    while (shorter := _LAYERS.sub("", text)) != text:
        text = shorter
    return text.removesuffix(": unknown")


def start_failure(message: str, status: int, text: str) -> StartFailed | None:
    """Return why the container can't start, or None when the reply is about something else.

    Args:
        message: the line for people.
        status: the HTTP status of the reply to the start.
        text: the daemon's own words.
    """
    if _PORT_IN_USE.search(text) and (port := port_in_use(text)):
        return StartFailed(message, "PortInUse", port)
    if _COMMAND.search(text):
        return StartFailed(message, "CommandNotFound")
    if _MOUNT.search(text):
        return StartFailed(message, "BadMount")
    if status == 400 or _CONFIGURATION.search(text):
        return StartFailed(message, "StartError")
    return None


def port_in_use(text: str) -> int | None:
    """Return the host port that a start failure complains about."""
    found = _PORT.search(text)
    return next((int(port) for port in found.groups() if port), None) if found else None
