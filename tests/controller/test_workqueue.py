"""The queue's promises about order, repeats and shutdown, one example each."""

from random import Random

import anyio
import pytest

from controller.clock import VirtualClock, settle
from controller.workqueue import Priority, WorkQueue


def queue_on(clock: VirtualClock) -> WorkQueue[str]:
    return WorkQueue(clock, Random(1))


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def queue(clock: VirtualClock) -> WorkQueue[str]:
    return queue_on(clock)


def take_all(queue: WorkQueue[str]) -> list[str]:
    return [queue.get_nowait() for _ in range(len(queue))]


def test_keys_come_out_in_the_order_they_went_in(queue: WorkQueue[str]) -> None:
    for key in "cab":
        queue.add(key)

    assert take_all(queue) == ["c", "a", "b"]


def test_a_key_asked_for_twice_comes_out_once(queue: WorkQueue[str]) -> None:
    queue.add("web")
    queue.add("web")

    assert take_all(queue) == ["web"]


def test_a_users_change_overtakes_a_relist_of_everything(queue: WorkQueue[str]) -> None:
    for number in range(200):
        queue.add(f"app-{number}", Priority.RESYNC)
    queue.add("web", Priority.OBSERVED)
    queue.add("db", Priority.USER)

    assert take_all(queue)[:3] == ["db", "web", "app-0"]


def test_a_waiting_key_moves_up_when_a_user_asks_for_it(queue: WorkQueue[str]) -> None:
    queue.add("db", Priority.RESYNC)
    queue.add("web", Priority.RESYNC)
    queue.add("web", Priority.USER)

    assert take_all(queue) == ["web", "db"]


def test_a_key_in_hand_is_not_handed_out_again(queue: WorkQueue[str]) -> None:
    queue.add("web")
    queue.get_nowait()
    queue.add("web", Priority.USER)

    assert len(queue) == 0


def test_a_key_changed_while_in_hand_comes_out_exactly_once_more(queue: WorkQueue[str]) -> None:
    queue.add("web")
    queue.get_nowait()
    for _ in range(5):
        queue.add("web", Priority.USER)
    queue.done("web")

    assert take_all(queue) == ["web"]


def test_giving_back_a_key_that_was_never_taken_is_a_programming_error(queue: WorkQueue[str]) -> None:
    with pytest.raises(KeyError):
        queue.done("web")


async def test_a_waiting_worker_gets_the_key_as_soon_as_it_is_added(queue: WorkQueue[str]) -> None:
    got: list[str | None] = []

    async def work() -> None:
        got.append(await queue.get())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(work)
        await settle()
        queue.add("web")

    assert got == ["web"]


async def test_a_worker_cancelled_while_waiting_takes_no_key_with_it(queue: WorkQueue[str]) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(queue.get)
        await settle()
        tasks.cancel_scope.cancel()
        queue.add("web")

    assert take_all(queue) == ["web"]


async def test_after_shutdown_every_worker_is_sent_home(queue: WorkQueue[str]) -> None:
    got: list[str | None] = []

    async def work() -> None:
        got.append(await queue.get())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(work)
        tasks.start_soon(work)
        await settle()
        queue.shutdown()

    assert got == [None, None]


def test_after_shutdown_nothing_is_taken_in(queue: WorkQueue[str]) -> None:
    queue.shutdown()
    queue.add("web", Priority.USER)
    queue.add_after("web", 1)
    queue.add_rate_limited("web")

    assert (len(queue), queue.release_due()) == (0, None)


async def test_draining_waits_for_the_keys_in_hand(clock: VirtualClock, queue: WorkQueue[str]) -> None:
    queue.add("web")
    queue.get_nowait()

    async def finish() -> None:
        await clock.sleep(3)
        queue.done("web")

    async with clock.autojump(), anyio.create_task_group() as tasks:
        tasks.start_soon(finish)

        assert await queue.drain(30)
    assert clock.monotonic() == 3.0


async def test_draining_gives_up_at_its_deadline(clock: VirtualClock, queue: WorkQueue[str]) -> None:
    queue.add("web")
    queue.get_nowait()

    async with clock.autojump():
        drained = await queue.drain(30)

    assert (drained, clock.monotonic(), queue.processing) == (False, 30.0, frozenset({"web"}))
