"""What holds for the queue after any sequence of asks, looks and waits."""

from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from controller.workqueue import Priority, WorkQueue

KEYS = st.sampled_from("abcd")
PRIORITIES = st.sampled_from(list(Priority))
SECONDS = st.sampled_from([0.05, 0.1, 1.0, 70.0])


class HandClock:
    """Monotonic time that the test moves; nobody sleeps on it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


class Queueing(RuleBasedStateMachine):
    """Keeps its own account: who waits for a look, since when, and who has which key in hand."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = HandClock()
        self.queue: WorkQueue[str] = WorkQueue(self.clock, Random(3))  # type: ignore[arg-type]  # only monotonic is asked
        self.in_hand: set[str] = set()
        self.owed: set[str] = set()

    @rule(key=KEYS, priority=PRIORITIES)
    def add(self, key: str, priority: Priority) -> None:
        self.queue.add(key, priority)
        self.owed.add(key)

    @rule(key=KEYS, seconds=SECONDS, priority=PRIORITIES)
    def add_after(self, key: str, seconds: float, priority: Priority) -> None:
        self.queue.add_after(key, seconds, priority)
        self.owed.add(key)

    @rule(key=KEYS)
    def add_rate_limited(self, key: str) -> None:
        self.queue.add_rate_limited(key)
        self.owed.add(key)

    @rule(key=KEYS)
    def forget(self, key: str) -> None:
        self.queue.forget(key)

        assert self.queue.failures(key) == 0

    @precondition(lambda self: len(self.queue) > 0)
    @rule()
    def take(self) -> None:
        key = self.queue.get_nowait()

        assert key not in self.in_hand, "two workers with one key"
        assert key in self.owed, "a look that nobody asked for"
        self.in_hand.add(key)
        self.owed.discard(key)

    @precondition(lambda self: self.in_hand)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.in_hand)))
        self.queue.done(key)
        self.in_hand.discard(key)

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: float) -> None:
        self.clock.seconds += seconds
        self.queue.release_due()

    @invariant()
    def no_more_ready_than_owed_and_free(self) -> None:
        assert len(self.queue) <= len(self.owed - self.in_hand)

    @invariant()
    def the_queue_knows_who_has_what(self) -> None:
        assert self.queue.processing == self.in_hand

    def teardown(self) -> None:
        """Whatever happened: once workers give back and enough time passes, nobody is left waiting."""
        for key in sorted(self.in_hand):
            self.queue.done(key)
        for _ in range(10):
            self.clock.seconds += 100.0
            self.queue.release_due()
        looked_at = {self.queue.get_nowait() for _ in range(len(self.queue))}

        assert looked_at == self.owed


TestQueueing = Queueing.TestCase
TestQueueing.settings = settings(stateful_step_count=30)
