"""gRPC's standard health service, asked with the `grpc` extra. Its two messages are small enough to be read by hand."""

from importlib import import_module
from typing import Any

from container_ci.probe_state import Outcome
from desired_state.questions import GrpcProbe

_METHOD = "/grpc.health.v1.Health/Check"
_STATES = ("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN")
_SERVING = 1
_OPTIONS = (("grpc.enable_http_proxy", 0),)
MISSING = "gRPC probes need Ergon's extra for them: install ergon-controller[grpc]"


async def ask_grpc(question: GrpcProbe, address: str) -> Outcome:
    """Ask a server, or one of its services, whether it serves."""
    try:
        aio: Any = import_module("grpc.aio")
    except ImportError:
        return Outcome(passed=False, message=MISSING)
    where = f"[{address}]:{question.port}" if ":" in address else f"{address}:{question.port}"
    # No proxy of ours may stand between us and a container.
    async with aio.insecure_channel(f"ipv6:{where}" if ":" in address else f"ipv4:{where}", _OPTIONS) as channel:
        try:
            answer = await channel.unary_unary(_METHOD)(request_for(question.service))
        except aio.AioRpcError as error:
            return Outcome(passed=False, message=f"gRPC at {where}: {error.code().name}: {error.details()}")
    state = state_in(answer)
    return Outcome(passed=state == _SERVING, message="" if state == _SERVING else f"gRPC at {where}: {_named(state)}")


def request_for(service: str) -> bytes:
    """Return a HealthCheckRequest: the service's name is its field 1."""
    name = service.encode()
    return b"\x0a" + _varint(len(name)) + name if name else b""


def state_in(answer: bytes) -> int:
    """Return the state in a HealthCheckResponse: its field 1, 0 when it is left out."""
    return answer[1] if len(answer) > 1 and answer[0] == 0x08 else 0


def _varint(number: int) -> bytes:
    low = number & 0x7F
    return bytes((low,)) if number < 0x80 else bytes((low | 0x80,)) + _varint(number >> 7)


def _named(state: int) -> str:
    return _STATES[state] if state < len(_STATES) else f"state {state}"
