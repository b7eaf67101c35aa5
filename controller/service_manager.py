"""Tell the service manager how the controller is: ready, alive, ending (systemd's notification protocol).

Nothing happens when there is none: `NOTIFY_SOCKET` says whether there is one.
"""

import os
import socket
from collections.abc import Mapping

from controller.clock import Clock


class ServiceManager:
    """Whoever started this process, if it wants to be told. `environment` is the process's own."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._watchdog_s = int(environment.get("WATCHDOG_USEC") or 0) / 1e6

    def ready(self) -> None:
        """Say that the controller answers."""
        self._tell("READY=1")

    def stopping(self, within_s: float) -> None:
        """Say that the controller ends, and how long that may take."""
        self._tell(f"STOPPING=1\nEXTEND_TIMEOUT_USEC={int(within_s * 1e6)}")

    async def keep_alive(self, clock: Clock) -> None:
        """Say again and again that the event loop turns, until cancelled; returns when nobody wants to know."""
        while self._address and self._watchdog_s:
            self._tell("WATCHDOG=1")
            await clock.sleep(self._watchdog_s / 2)

    def _tell(self, message: str) -> None:
        if not self._address:
            return
        # A leading @ stands for a socket outside the file system.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            try:
                line.sendto(message.encode(), address)
            except OSError:
                return  # nobody listens any more, and nothing depends on it
