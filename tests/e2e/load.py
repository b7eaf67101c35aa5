"""Constant HTTP load, as a program: asks until its input is closed, then tells what it got, as JSON.

python -m tests.e2e.load ports ADDRESS PORT...   in turn at the ports of one address
python -m tests.e2e.load name NAME PORT          at whatever Docker's own DNS says the name is; in a container's network

A connection that is refused is tried again, at the next port or a newly resolved address; so is one that
nobody answers, and those are counted: Docker's DNS names a container for a moment longer than its network
exists. Whatever goes wrong once a connection stands is told as lost.
"""

import itertools
import json
import random
import select
import socket
import struct
import sys
import time
from collections import Counter

_DNS = ("127.0.0.11", 53)
_PATIENCE_S = 10.0
_CONNECT_PATIENCE_S = 1.0
_PAUSE_S = 0.002


def main() -> None:
    """Ask until standard input ends."""
    how, where, *ports = sys.argv[1:]
    in_turn = itertools.cycle((where, int(port)) for port in ports)
    answers: Counter[str] = Counter()
    lost: list[str] = []
    refused = unanswered = 0
    while not select.select([sys.stdin], [], [], _PAUSE_S)[0]:
        address = next(in_turn)
        try:
            if how == "name":
                address = random.choice(_resolved(where)), address[1]
            connection = socket.create_connection(address, _CONNECT_PATIENCE_S)
        except ConnectionRefusedError:
            refused += 1
            continue
        except OSError:
            unanswered += 1
            continue
        try:
            answers[_ask(connection)] += 1
        except (OSError, ValueError) as error:
            lost.append(f"{time.monotonic():.3f} {address}: {error!r}")
    print(json.dumps({"answers": answers, "refused": refused, "unanswered": unanswered, "lost": lost}))


def _ask(connection: socket.socket) -> str:
    """Return the body of the answer.

    Raises:
        OSError, ValueError: there was none, or not a good one.
    """
    with connection:
        connection.settimeout(_PATIENCE_S)
        connection.sendall(b"GET /index.html HTTP/1.0\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0]:
        raise ValueError(f"answered {answer[:60]!r}")
    return body.decode().strip()


def _resolved(name: str) -> list[str]:
    """Return the addresses of a name: 127.0.0.11 is asked as it is, past any cache and search list."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    question = struct.pack(">HHHHHH", random.randrange(1 << 16), 0x0100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(_PATIENCE_S)
        asker.sendto(question, _DNS)
        reply = asker.recv(4096)
    count, place, found = struct.unpack(">H", reply[6:8])[0], len(question), []
    for _ in range(count):
        place = _after_name(reply, place) - 2
        kind, length = struct.unpack(">H6xH", reply[place + 2 : place + 12])
        if kind == 1:
            found.append(socket.inet_ntoa(reply[place + 12 : place + 12 + length]))
        place += 12 + length
    if not found:
        raise ValueError(f"no address for {name}")
    return found


def _after_name(reply: bytes, place: int) -> int:
    """Return where a name ends that begins at a place, written out or as a pointer to another."""
    while (length := reply[place]) and length < 0xC0:
        place += 1 + length
    return place + (2 if length else 1)


if __name__ == "__main__":
    main()
