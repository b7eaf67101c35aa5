"""The kernel's tables of sockets (proc(5), /proc/PID/net/tcp and its kin), as listeners."""

import socket
import struct
from typing import Literal

from container_ci.discovery.facts import Listener

_LISTENS = {"tcp": "0A", "udp": "07"}
_DOCKERS_RESOLVER = "127.0.0.11"


def listeners(table: str, protocol: Literal["tcp", "udp"]) -> list[Listener]:
    """Return the sockets of one table that wait to be spoken to; Docker's own resolver is left out."""
    found = (_listener(line.split(), protocol) for line in table.splitlines()[1:])
    return [one for one in found if one is not None and one.address != _DOCKERS_RESOLVER]


def _listener(columns: list[str], protocol: Literal["tcp", "udp"]) -> Listener | None:
    if len(columns) < 10 or columns[3] != _LISTENS[protocol]:
        return None
    address, _, port = columns[1].partition(":")
    try:
        return Listener(int(columns[9]), _address(address), int(port, 16), protocol)
    except (ValueError, struct.error, OSError):
        return None


def _address(text: str) -> str:
    """Return an address that is written in words of 32 bits, each in the byte order of the machine."""
    words = [int(text[at : at + 8], 16) for at in range(0, len(text), 8)]
    packed = struct.pack(f"<{len(words)}I", *words)
    return socket.inet_ntop(socket.AF_INET if len(words) == 1 else socket.AF_INET6, packed)
