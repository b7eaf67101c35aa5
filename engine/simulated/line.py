"""The way to the simulated daemon: every call is counted, failed where ordered, and answered in our own errors."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
import anyio.lowlevel

from engine import limits
from engine.errors import EngineUnreachable
from engine.faults import Fault, Faults
from engine.simulated.answers import Refusal
from engine.simulated.calls import Call, Calls
from engine.simulated.daemon import Daemon
from engine.translation import refusal

_Answer = TypeVar("_Answer")


class Line:
    """One connection to the daemon."""

    def __init__(self, daemon: Daemon, calls: Calls, faults: Faults) -> None:
        self._daemon = daemon
        self._calls = calls
        self._faults = faults

    async def ask(
        self,
        method: str,
        doing: str,
        deed: Callable[[], _Answer],
        *,
        subject: str = "",
        starting: bool = False,
        deadline_s: float | None = None,
    ) -> _Answer:
        """Let the daemon do a deed that takes no time, and return its answer.

        Args:
            method: the `Engine` method, for the record and the faults.
            doing: the deed in the infinitive, for messages.
            deed: what the daemon does; its refusals are translated as those of a real one.
            subject: what it is about, for the record.
            starting: read refusals as reasons why a container can't start.
            deadline_s: how long a frozen daemon is waited for; None: as for real calls of its kind.
        """

        async def at_once() -> _Answer:
            return deed()

        return await self.ask_slowly(method, doing, at_once, subject=subject, starting=starting, deadline_s=deadline_s)

    async def ask_slowly(
        self,
        method: str,
        doing: str,
        deed: Callable[[], Awaitable[_Answer]],
        *,
        subject: str = "",
        starting: bool = False,
        deadline_s: float | None = None,
    ) -> _Answer:
        """Like `ask`, for a deed during which time passes."""
        call = Call(method, subject, self._daemon.agenda.clock.monotonic())
        self._calls.note(call)
        striking = self._faults.striking(method, writes=call.writes)
        await anyio.lowlevel.checkpoint()
        await self._meet(striking, after=False)
        await self._reach(doing, deadline_s or (limits.WRITE_S if call.writes else limits.READ_S))
        _raise_ordered(striking, after=False)
        try:
            answer = await deed()
        except Refusal as refused:
            raise refusal(doing, refused.status, refused.message, starting=starting) from refused
        await self._meet(striking, after=True)
        self._check_up(doing)
        _raise_ordered(striking, after=True)
        return answer

    async def _meet(self, striking: list[Fault], *, after: bool) -> None:
        for fault in striking:
            if fault.after == after and fault.delay_s:
                await self._daemon.agenda.wait(anyio.Event(), fault.delay_s)

    async def _reach(self, doing: str, deadline_s: float) -> None:
        thawed = self._daemon.thawed
        if thawed is not None and not await self._daemon.agenda.wait(thawed, deadline_s):
            raise EngineUnreachable(f"cannot {doing}: the simulated Docker daemon did not answer in time")
        self._check_up(doing)
        self._daemon.agenda.catch_up()

    def _check_up(self, doing: str) -> None:
        if not self._daemon.up:
            raise EngineUnreachable(f"cannot {doing}: the simulated Docker daemon is not running")


def _raise_ordered(striking: list[Fault], *, after: bool) -> None:
    for fault in striking:
        if fault.error is not None and fault.after == after:
            raise fault.error()
