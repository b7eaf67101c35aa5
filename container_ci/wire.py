"""What is said on a companion's socket: one JSON object in, one line of JSON out. Pure.

Besides `{"query": "..."}` a companion takes what the aish shell sends: one object without a newline, whose words
are in `content` or `message`.
"""

import json
from typing import Any

from container_ci.capability import Answer
from container_ci.companion import ContainerCI, Unanswered

LARGEST_REQUEST = 64 * 1024
LARGEST_ANSWER = 1024 * 1024

_WORDS = ("query", "content", "message", "q")


class Malformed(Exception):
    """A request that is none; its text says why and how to ask."""


def question_in(request: bytes) -> str:
    """Return the words of one request.

    Raises:
        Malformed: it is not JSON, not an object, or has no words.
    """
    try:
        asked = json.loads(request)
    except (ValueError, RecursionError):
        raise Malformed('this is not JSON; ask like {"query": "status"}') from None
    words = next((asked[name] for name in _WORDS if name in asked), None) if isinstance(asked, dict) else None
    if not isinstance(words, str):
        raise Malformed('there is no question in it; ask like {"query": "status"}')
    return words


def is_whole(request: bytes) -> bool:
    """Return whether what has come so far is a whole object, although neither a newline nor the end has come."""
    if not request.rstrip().endswith(b"}"):
        return False
    try:
        json.loads(request)
    except (ValueError, RecursionError):
        return False
    return True


def answer_line(companion: ContainerCI, answer: Answer) -> bytes:
    """Return an answer as it is sent."""
    said = {
        "name": companion.name,
        "container": companion.desk.subject.container.name,
        "topic": answer.topic,
        "answer": answer.text,
        "data": answer.data,
    }
    line = _line(said)
    return line if len(line) <= LARGEST_ANSWER else refusal_line("the answer is too long; ask for less")


def refusal_line(message: str, hint: str = "") -> bytes:
    """Return why there is no answer, as it is sent."""
    return _line({"error": message, "hint": hint})


def refusal_of(error: Unanswered) -> bytes:
    """Return why a companion has no answer, as it is sent."""
    return refusal_line(error.message, error.hint)


def _line(said: dict[str, Any]) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode() + b"\n"
