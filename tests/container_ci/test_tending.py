"""When companions do what they do without being asked."""

import anyio
import pytest

from container_ci.tending import SETTLE_S, Tending
from controller.clock import VirtualClock, settle


class Looks:
    """Something tended to, that is to be looked at again after `again_s`."""

    def __init__(self, clock: VirtualClock, again_s: float) -> None:
        self.again_s = again_s
        self.times: list[float] = []
        self._clock = clock

    async def tend(self) -> float | None:
        self.times.append(self._clock.monotonic())
        return self.again_s


async def done(again_s: float, *, apart_s: float, for_s: float) -> list[Looks]:
    """Return two things that were tended to for a while, the second added so much later than the first."""
    clock = VirtualClock()
    looks = [Looks(clock, again_s), Looks(clock, again_s)]
    async with anyio.create_task_group() as tasks:
        tending = Tending(clock)
        tending.start(tasks)
        for one in looks:
            tending.add("web", one)
            await settle()
            await clock.advance(apart_s)
        await clock.advance(for_s)
        tasks.cancel_scope.cancel()
    return looks


async def test_what_can_wait_is_done_together_at_whole_seconds() -> None:
    first, second = await done(60.0, apart_s=0.4, for_s=130)

    assert first.times == [SETTLE_S, 61, 121]
    assert second.times == pytest.approx([SETTLE_S + 0.4, 62, 122])


async def test_what_is_urgent_is_done_at_its_own_moment() -> None:
    first, second = await done(1.5, apart_s=0.4, for_s=3)

    assert first.times == pytest.approx([1, 2.5])
    assert second.times == pytest.approx([1.4, 2.9])
