"""How a MySQL or MariaDB server is greeted. Pure: see `talks`.

The greeting goes on until the server lets us in or sends us away: one that is broken off counts against our
address, and after `max_connect_errors` of those the server would shut everybody behind it out.
"""

import struct
from collections.abc import Generator

from container_ci.probe_state import Outcome
from container_ci.talks import ALIVE, Step, Talk, refusal

_PROTOCOL = 10
_TOO_MANY, _SHUTTING_DOWN = 1040, 1053
_OK, _ERROR = 0x00, 0xFF
_LARGEST_PACKET = 1 << 16
# So many messages a login may take.
_MESSAGES = 5


def mysql() -> Talk:
    """Log in as nobody the server knows; being refused shows that it serves."""
    number, greeting = yield from _packet(Step(take=4))
    if greeting[:1] == bytes((_ERROR,)):
        return _judged(greeting)
    if greeting[:1] != bytes((_PROTOCOL,)):
        return refusal(greeting, "MySQL")
    answer = _login()
    for _ in range(_MESSAGES):
        number, told = yield from _packet(Step(_framed(answer, number + 1), 4))
        if told[:1] == bytes((_OK,)):
            yield Step(_framed(b"\x01", 0))
            return ALIVE
        if told[:1] == bytes((_ERROR,)):
            return _judged(told)
        answer = b""
    return ALIVE


def _packet(first: Step) -> Generator[Step, bytes, tuple[int, bytes]]:
    head = yield first
    length = int.from_bytes(head[:3], "little")
    if length > _LARGEST_PACKET:
        return 0, head
    return head[3], (yield Step(take=length))


def _login() -> bytes:
    # Protocol 4.1, its authentication, and plugins for it.
    capabilities = 0x0000_0200 | 0x0000_8000 | 0x0008_0000
    head = struct.pack("<IIB23x", capabilities, 1 << 24, 33)
    return head + b"ergon-probe\0" + b"\0" + b"mysql_native_password\0"


def _framed(body: bytes, number: int) -> bytes:
    return len(body).to_bytes(3, "little") + bytes((number & 0xFF,)) + body


def _judged(told: bytes) -> Outcome:
    code = int.from_bytes(told[1:3], "little")
    if code not in (_TOO_MANY, _SHUTTING_DOWN):
        return ALIVE
    return Outcome(passed=False, message=told[3:].decode("utf-8", "replace").lstrip("#")[:200])
