"""Failures to order for the simulated engine: which call fails, how, and before or after the deed is done."""

from collections.abc import Callable
from dataclasses import dataclass, field

from engine.errors import EngineUnreachable

ErrorMaker = Callable[[], BaseException]


class Killed(BaseException):
    """Ergon itself dies at this call, as by kill -9: nothing may catch it on the way out."""


@dataclass(slots=True)
class Fault:
    """One rule about the calls of `method`: a name of the `Engine`, "writes" for all that change something, or "*".

    Of those it strikes the `nth` (from 1), or `every` so many, or all. A struck call takes `delay_s`
    longer and then raises `error`, if there is one: before the deed, or `after` it (the reply is late, or lost).
    """

    method: str = "*"
    nth: int | None = None
    every: int | None = None
    error: ErrorMaker | None = None
    after: bool = False
    delay_s: float = 0.0
    seen: int = 0
    struck: int = 0

    def strikes(self, method: str, *, writes: bool) -> bool:
        """Count a call and return whether it is struck."""
        if self.method not in ("*", method) and not (self.method == "writes" and writes):
            return False
        self.seen += 1
        hit = self.seen == self.nth if self.nth else self.seen % (self.every or 1) == 0
        self.struck += hit
        return hit


def lost_connection() -> EngineUnreachable:
    """Return what a cut connection looks like: nobody knows whether the deed was done."""
    return EngineUnreachable("cannot talk to Docker: the connection was reset")


@dataclass(slots=True)
class Faults:
    """The rules in force; all that match a call strike it, in the order they were given."""

    rules: list[Fault] = field(default_factory=list)

    def fail(
        self,
        method: str = "*",
        error: ErrorMaker = lost_connection,
        *,
        nth: int | None = None,
        every: int | None = None,
    ) -> Fault:
        """Let calls fail before anything is done."""
        return self._add(Fault(method, nth, every, error))

    def lose_reply(
        self,
        method: str = "*",
        error: ErrorMaker = lost_connection,
        *,
        nth: int | None = None,
        every: int | None = None,
    ) -> Fault:
        """Let calls fail although the deed is done."""
        return self._add(Fault(method, nth, every, error, after=True))

    def delay(self, seconds: float, method: str = "*", *, nth: int | None = None, every: int | None = None) -> Fault:
        """Let calls take longer."""
        return self._add(Fault(method, nth, every, delay_s=seconds))

    def answer_late(self, seconds: float, method: str = "*", *, nth: int | None = None) -> Fault:
        """Let calls be told only later that the deed is done."""
        return self._add(Fault(method, nth, delay_s=seconds, after=True))

    def kill(self, method: str = "writes", *, nth: int, after: bool = False) -> Fault:
        """Let Ergon die at a call, before the deed or after it."""
        return self._add(Fault(method, nth, error=Killed, after=after))

    def clear(self) -> None:
        self.rules.clear()

    def striking(self, method: str, *, writes: bool) -> list[Fault]:
        """Count a call and return the rules that strike it."""
        return [rule for rule in self.rules if rule.strikes(method, writes=writes)]

    def _add(self, fault: Fault) -> Fault:
        self.rules.append(fault)
        return fault
