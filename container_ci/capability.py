"""What a companion can do is made of capabilities, each of which answers some topics."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from container_ci.desk import Desk

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a question: `data` for programs, JSON-ready, and `text` for people, without colours.

    Whoever makes it need not redact: the companion does, whatever the way out.
    """

    topic: str
    data: Json = field(default_factory=dict)
    text: str = ""


class Capability(Protocol):
    """One thing that a companion can do. `name` is told to people (`monitoring`), `topics` route questions to it."""

    @property
    def name(self) -> str: ...

    @property
    def topics(self) -> tuple[str, ...]: ...

    async def answer(self, topic: str, words: Sequence[str]) -> Answer:
        """Answer a question about one of its topics; `words` are the rest of the question, lower case not promised.

        From what is at hand when there is any, else by looking once. Raises EngineError, which is told to
        whoever asks.
        """
        ...


@runtime_checkable
class Tended(Protocol):
    """A capability that has something to do without being asked."""

    async def tend(self) -> float | None:
        """Do what is due, and return in how many seconds there is more; None means not before the container changes.

        Called when the companion begins, when its container changes (started, ended, health turned), and when due.
        """
        ...


Equip = Callable[[Desk], Capability]
"""How a capability is made for one companion. It must be cheap: most are never asked."""
