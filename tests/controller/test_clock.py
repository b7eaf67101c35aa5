"""Time moves as told: by hand, or by jumping over every wait."""

from datetime import UTC, datetime, timedelta

import anyio
import pytest

from controller.clock import SystemClock, VirtualClock, happens_within

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


async def sleep_and_note(clock: VirtualClock, seconds: float, notes: list[float]) -> None:
    await clock.sleep(seconds)
    notes.append(clock.monotonic())


async def test_a_virtual_clock_stands_still_by_itself() -> None:
    clock = VirtualClock(NOON)

    await anyio.lowlevel.checkpoint()

    assert (clock.now(), clock.monotonic()) == (NOON, 0.0)


async def test_advancing_moves_both_readings() -> None:
    clock = VirtualClock(NOON)

    await clock.advance(90)

    assert (clock.now(), clock.monotonic()) == (NOON + timedelta(seconds=90), 90.0)


async def test_sleepers_wake_in_order_and_each_at_its_own_moment() -> None:
    clock, notes = VirtualClock(), list[float]()

    async with anyio.create_task_group() as tasks:
        for seconds in (3.0, 1.0, 2.0):
            tasks.start_soon(sleep_and_note, clock, seconds, notes)
        await clock.advance(10)

    assert notes == [1.0, 2.0, 3.0]


async def test_a_sleeper_stays_asleep_until_its_time() -> None:
    clock, notes = VirtualClock(), list[float]()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(sleep_and_note, clock, 5.0, notes)
        await clock.advance(4.999)

        assert notes == []
        await clock.advance(0.001)


async def test_many_short_waits_add_up_exactly() -> None:
    clock = VirtualClock()

    async with clock.autojump():
        for _ in range(1000):
            await clock.sleep(0.1)

    assert clock.monotonic() == 100.0


async def test_what_a_woken_sleeper_sleeps_next_is_part_of_the_same_advance() -> None:
    clock, notes = VirtualClock(), list[float]()

    async def twice() -> None:
        await sleep_and_note(clock, 1.0, notes)
        await sleep_and_note(clock, 1.0, notes)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(twice)
        await clock.advance(10)

    assert notes == [1.0, 2.0]


async def test_a_cancelled_sleeper_is_forgotten() -> None:
    clock, notes = VirtualClock(), list[float]()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(sleep_and_note, clock, 1.0, notes)
        await clock.advance(0.5)
        tasks.cancel_scope.cancel()
    await clock.advance(5)

    assert (notes, clock.monotonic()) == ([], 5.5)


async def test_autojump_runs_hours_of_waiting_without_being_told() -> None:
    clock = VirtualClock()

    async with clock.autojump():
        await clock.sleep(3600)
        await clock.sleep(3600)

    assert clock.monotonic() == 7200.0


async def test_autojump_stands_still_while_something_is_busy() -> None:
    clock, busy = VirtualClock(), [True, True, False]

    def pop_busy() -> bool:
        return busy.pop(0) if busy else False

    async with clock.autojump(pop_busy):
        await clock.sleep(1)

    assert (busy, clock.monotonic()) == ([], 1.0)


async def test_autojump_lets_the_blocks_own_error_through() -> None:
    with pytest.raises(ZeroDivisionError):
        async with VirtualClock().autojump():
            raise ZeroDivisionError


async def test_a_block_of_autojump_can_be_cancelled_from_outside() -> None:
    clock, reached = VirtualClock(), list[str]()

    with anyio.CancelScope() as scope:
        async with clock.autojump():
            scope.cancel()
            await clock.sleep(1)
            reached.append("after the cancelled wait")
    await anyio.lowlevel.checkpoint()

    assert reached == []


async def test_the_wall_can_jump_back_without_moving_the_monotonic_reading() -> None:
    clock = VirtualClock(NOON)
    await clock.advance(10)

    clock.set_wall(NOON - timedelta(days=1))

    assert (clock.now(), clock.monotonic()) == (NOON - timedelta(days=1), 10.0)


async def test_waiting_for_an_event_ends_when_it_happens() -> None:
    clock, event = VirtualClock(), anyio.Event()

    async def set_it() -> None:
        await clock.sleep(2)
        event.set()

    async with clock.autojump(), anyio.create_task_group() as tasks:
        tasks.start_soon(set_it)

        assert await happens_within(clock, event, 5)
    assert clock.monotonic() == 2.0


async def test_waiting_for_an_event_ends_when_the_time_is_over() -> None:
    clock = VirtualClock()

    async with clock.autojump():
        happened = await happens_within(clock, anyio.Event(), 5)

    assert (happened, clock.monotonic()) == (False, 5.0)


def test_the_system_clock_is_aware_and_utc() -> None:
    assert SystemClock().now().tzinfo is UTC
