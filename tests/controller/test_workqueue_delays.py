"""When a key comes out: debounce, planned looks and retries, in virtual time."""

from collections.abc import AsyncIterator
from itertools import pairwise
from random import Random

import anyio
import pytest

from controller.clock import VirtualClock
from controller.retry_limits import TokenBucket
from controller.workqueue import Priority, WorkQueue

Starts = list[tuple[str, float]]


class Bench:
    """A queue with its timer task, and a worker that notes when it got each key and fails as told."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.queue: WorkQueue[str] = WorkQueue(self.clock, Random(7))
        self.starts: Starts = []
        self.failing: set[str] = set()

    async def work(self) -> None:
        while (key := await self.queue.get()) is not None:
            self.starts.append((key, round(self.clock.monotonic(), 6)))
            if key in self.failing:
                self.queue.add_rate_limited(key)
            else:
                self.queue.forget(key)
            self.queue.done(key)

    def times(self, key: str) -> list[float]:
        return [at for started, at in self.starts if started == key]

    def waits(self, key: str) -> list[float]:
        times = self.times(key)
        return [later - earlier for earlier, later in pairwise(times)]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(bench.queue.run)
        tasks.start_soon(bench.work)
        yield bench
        bench.queue.shutdown()


async def test_the_first_change_of_a_key_acts_at_once(bench: Bench) -> None:
    bench.queue.add("web")
    await bench.clock.advance(0)

    assert bench.times("web") == [0.0]


async def test_a_burst_of_changes_costs_one_look_now_and_one_after_the_debounce(bench: Bench) -> None:
    for _ in range(50):
        bench.queue.add("web")
        await bench.clock.advance(0.001)
    await bench.clock.advance(10)

    assert bench.times("web") == [0.0, 0.1]


async def test_a_change_after_the_debounce_acts_at_once_again(bench: Bench) -> None:
    bench.queue.add("web")
    await bench.clock.advance(0.1)
    bench.queue.add("web")
    await bench.clock.advance(0)

    assert bench.times("web") == [0.0, 0.1]


async def test_a_user_never_waits_for_the_debounce(bench: Bench) -> None:
    bench.queue.add("web")
    await bench.clock.advance(0.01)
    bench.queue.add("web", Priority.USER)
    await bench.clock.advance(1)

    assert bench.times("web") == [0.0, 0.01]


async def test_a_planned_look_comes_at_its_time(bench: Bench) -> None:
    bench.queue.add_after("web", 60)
    await bench.clock.advance(300)

    assert bench.times("web") == [60.0]


async def test_of_several_planned_looks_the_earliest_counts(bench: Bench) -> None:
    bench.queue.add_after("web", 60)
    bench.queue.add_after("web", 20)
    bench.queue.add_after("web", 40)
    await bench.clock.advance(300)

    assert bench.times("web") == [20.0]


async def test_an_immediate_look_cancels_the_planned_one(bench: Bench) -> None:
    bench.queue.add_after("web", 60)
    await bench.clock.advance(5)
    bench.queue.add("web")
    await bench.clock.advance(300)

    assert bench.times("web") == [5.0]


async def test_retries_wait_twice_as_long_each_time_up_to_a_minute(bench: Bench) -> None:
    bench.failing = {"web"}
    bench.queue.add("web")
    await bench.clock.advance(600)

    full = [min(0.2 * 2**failures, 60.0) for failures in range(len(bench.waits("web")))]
    assert len(full) > 12
    assert all(wait / 2 <= seen <= wait for wait, seen in zip(full, bench.waits("web"), strict=True))


async def test_after_a_success_retries_start_over(bench: Bench) -> None:
    bench.failing = {"web"}
    bench.queue.add("web")
    await bench.clock.advance(100)
    bench.failing = set()
    await bench.clock.advance(100)

    assert bench.queue.failures("web") == 0


async def test_one_failing_key_does_not_slow_another(bench: Bench) -> None:
    bench.failing = {"bad"}
    bench.queue.add("bad")
    await bench.clock.advance(100)
    bench.queue.add("good")
    await bench.clock.advance(0)

    assert bench.times("good") == [100.0]


async def test_many_first_tries_are_not_limited(bench: Bench) -> None:
    for number in range(500):
        bench.queue.add(f"app-{number}")
    await bench.clock.advance(0)

    assert len(bench.starts) == 500


async def test_after_a_burst_of_a_hundred_retries_ten_a_second_follow(bench: Bench) -> None:
    bench.failing = {f"app-{number}" for number in range(300)}
    for key in sorted(bench.failing):
        bench.queue.add(key)
    await bench.clock.advance(0)
    bench.starts.clear()
    bench.failing = set()
    await bench.clock.advance(10)

    within = [sum(at <= second for _, at in bench.starts) for second in (0.2, 5.0, 10.0)]
    assert within == [102, 150, 200]


def test_a_bucket_at_rest_fills_up_to_its_burst_and_no_further() -> None:
    bucket = TokenBucket(per_second=10, burst=3)

    waits = [bucket.reserve(1000.0) for _ in range(5)]

    assert waits == pytest.approx([0, 0, 0, 0.1, 0.2], abs=1e-9)
