"""Time as companions see it; the controller's clocks fit."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The three questions asked of time."""

    def now(self) -> datetime:
        """Return the wall clock: aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds since some fixed moment."""
        ...

    async def sleep(self, seconds: float) -> None: ...
