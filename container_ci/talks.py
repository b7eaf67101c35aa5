"""What the greetings of protocols are made of. Pure: a talk says what to send and how much of the answer it needs."""

from collections.abc import Callable, Generator
from typing import NamedTuple

from container_ci.probe_state import Outcome

LONGEST_LINE = 8192
_SHOWN = 60


class Step(NamedTuple):
    """What to send, and how many bytes to read then; `LINE`: up to the end of a line, which is left out."""

    send: bytes = b""
    take: int = 0


LINE = -1
Talk = Generator[Step, bytes, Outcome]
ALIVE = Outcome(passed=True)


def says(request: bytes, *expected: bytes, farewell: bytes = b"") -> Callable[[], Talk]:
    """Return the talk of a server whose first line begins with one of some words."""

    def talk() -> Talk:
        answer = yield Step(request, LINE)
        if farewell:
            yield Step(farewell)
        return ALIVE if answer.startswith(expected) else refusal(answer)

    return talk


def refusal(answer: bytes, wanted: str = "") -> Outcome:
    """Return the failure of a server that answers something else; `wanted` is the protocol it does not speak."""
    return Outcome(passed=False, message=f"answered {said(answer)}" + (f", which is not {wanted}" if wanted else ""))


def said(answer: bytes) -> str:
    """Return the beginning of an answer for people."""
    text = answer[:_SHOWN].decode("ascii", "replace")
    return f'"{text}"' if text.isprintable() and "\ufffd" not in text else answer[:_SHOWN].hex(" ")


def taken(buffer: bytes, take: int) -> tuple[bytes, bytes] | None:
    """Return what a step takes of what has been received, and the rest; None while there is too little."""
    if take != LINE:
        return (buffer[:take], buffer[take:]) if len(buffer) >= take else None
    if b"\n" not in buffer and len(buffer) < LONGEST_LINE:
        return None
    first, _, rest = buffer.partition(b"\n")
    return first.rstrip(b"\r"), rest
