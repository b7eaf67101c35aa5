"""Which topic a question is about. Pure: words in, a topic out."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

# In this order: "why is it not healthy" asks for a cause, "how much memory" for a size.
_HINTS: tuple[tuple[str, str], ...] = (
    ("help", r"help|commands?|what can you"),
    (
        "debug",
        r"why|debug\w*|crash\w*|fail\w*|broken|wrong|problems?|die[ds]?|dead|kill\w*|exit\w*|oom|restart\w*|cause",
    ),
    ("scale", r"(?:auto)?scal\w+|replicas?"),
    ("optimize", r"optimi[sz]\w*|memory|ram|cpu|siz\w+|resources?|limits?|tun\w+|cache|slow|faster|how much"),
    ("logs", r"logs?|lines?|output|print\w*|traces?|tracebacks?|errors?|warnings?"),
    ("services", r"services?|ports?|listen\w*|process\w*|runs? inside|what runs|contents?"),
    ("health", r"health\w*|unhealthy|alive|ready|readiness|liveness|probes?|up"),
    ("status", r"status|state|how are you|running|uptime|doing"),
)
_PATTERNS = tuple((topic, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for topic, words in _HINTS)
_WORD = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a question goes: the topic, "" when it is about none, and the words that are left to be understood."""

    topic: str
    words: Sequence[str] = ()


def route(question: str, topics: Collection[str]) -> Routed:
    """Return the topic of a question.

    A question that begins with the name of a topic is about it, and the rest says what exactly. A sentence is
    about the topic that it names or hints at.
    """
    words = question.split()
    if not words:
        return Routed("status")
    first = _bare(words[0])
    if first in topics or first in ("status", "help"):
        return Routed(first, words[1:])
    return Routed(_hinted(question) or _named(words, topics), words)


def _named(words: Sequence[str], topics: Collection[str]) -> str:
    return next((bare for word in words if (bare := _bare(word)) in topics), "")


def _hinted(question: str) -> str:
    return next((topic for topic, pattern in _PATTERNS if pattern.search(question)), "")


def _bare(word: str) -> str:
    found = _WORD.search(word)
    return found.group().lower() if found else ""
