"""Commands run inside containers."""

import time
from typing import Any

from requests import Response, Timeout
from urllib3.exceptions import ReadTimeoutError

from engine.bodies.given import filled, given
from engine.connection import Wire
from engine.limits import OUTPUT_BYTES
from engine.protocol import Command, Ran
from engine.streams import socket_of

_HEADER_BYTES = 8
_CHUNK_BYTES = 16 * 1024


def run(wire: Wire, container_id: str, command: Command) -> Ran:
    """Run a command and wait for its end, at most as long as it may take."""
    until = time.monotonic() + command.timeout_s
    made = wire.post(f"/containers/{container_id}/exec", _body(command))["Id"]
    body = {"Detach": False, "Tty": False}
    try:
        response = wire.request("POST", f"/exec/{made}/start", body=body, timeout=command.timeout_s, stream=True)
    except Timeout:
        return Ran(None)
    try:
        output, ended = _output(response, until)
    finally:
        response.close()
    return Ran(_exit_code(wire, made, until) if ended else None, output)


def _body(command: Command) -> dict[str, Any]:
    body = {"AttachStdout": True, "AttachStderr": True, "Cmd": list(command.words), "Privileged": command.privileged}
    variables = filled({"Env": [f"{name}={value}" for name, value in command.environment.items()]})
    return body | variables | given({"User": command.user, "WorkingDir": command.working_dir})


def _output(response: Response, until: float) -> tuple[str, bool]:
    """Return the end of what it printed, and whether it came to its end before its time was up."""
    raw, printed = b"", b""
    while (left := until - time.monotonic()) > 0:
        if line := socket_of(response):
            line.settimeout(left)
        try:
            data = bytes(response.raw.read1(_CHUNK_BYTES))
        except (ReadTimeoutError, TimeoutError):
            break
        if not data:
            return printed.decode("utf-8", "replace"), True
        text, raw = _payload(raw + data)
        printed = (printed + text)[-OUTPUT_BYTES:]
    return printed.decode("utf-8", "replace"), False


def _payload(data: bytes) -> tuple[bytes, bytes]:
    """Return what the whole frames hold, and the rest; each begins with its stream and its length."""
    found, start = b"", 0
    while len(data) - start >= _HEADER_BYTES:
        end = start + _HEADER_BYTES + int.from_bytes(data[start + 4 : start + _HEADER_BYTES], "big")
        if end > len(data):
            break
        found += data[start + _HEADER_BYTES : end]
        start = end
    return found, data[start:]


def _exit_code(wire: Wire, command_id: str, until: float) -> int | None:
    """Return the exit code; for a moment after its output has ended a command may still count as running."""
    while True:
        state = wire.get(f"/exec/{command_id}/json")
        if not state["Running"]:
            return int(state["ExitCode"])
        if time.monotonic() >= until:
            return None
        time.sleep(0.01)
