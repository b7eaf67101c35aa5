"""What counts as the daemon's being away."""

from datetime import timedelta

from controller.clock import SystemClock
from controller.engine_link import EngineLink
from observed_state.engine import EngineInfo

INFO = EngineInfo("daemon-1", "20.10.24", (1, 41))


def test_a_daemon_that_was_there_at_first_was_not_away() -> None:
    link = EngineLink(SystemClock())

    link.up(INFO)

    assert link.outage is None


def test_an_outage_begins_when_it_is_noticed() -> None:
    clock = SystemClock()
    link = EngineLink(clock)
    link.up(INFO)
    before = clock.now()
    link.down("gone")

    link.up(INFO)

    assert link.outage is not None
    assert before <= link.outage.lost_at <= link.outage.back_at


def test_a_daemon_that_was_away_before_the_controller_came_was_away_for_as_long_as_anybody_knows() -> None:
    clock = SystemClock()
    link = EngineLink(clock)
    link.down("not there")
    link.down("still not there")

    link.up(INFO)

    assert link.outage is not None
    assert link.outage.lost_at < clock.now() - timedelta(days=365)
