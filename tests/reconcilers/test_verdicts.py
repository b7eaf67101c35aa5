"""A run that can only end the same way again is held; everything else is restarted as ever."""

from datetime import datetime
from typing import Any

from observed_state.run_verdict import RunVerdict
from reconcilers.world import ContainerWorld, DependencyFact
from tests.reconcilers.worlds import NOON, deed_names, exited, later, plan, status, web, with_restarts, world

HOPELESS = RunVerdict(NOON, "env-missing", "DATABASE_URL is not set", holds=True)
DEPENDS: dict[str, Any] = {"depends_on": {"db": {"condition": "service_started"}}}


def crashed(
    verdict: RunVerdict | None = HOPELESS, *, failures: int = 1, began: datetime | None = None, generation: int = 1
) -> ContainerWorld:
    """Return a container that crashed at noon, right after its `failures`-th restart."""
    owner = web(**DEPENDS)
    pair = with_restarts(exited(owner), failures=failures, last_restart=later(-10) if failures else None)
    verdicts = {} if verdict is None else {pair[0].uid: verdict}
    dependencies = {"db": DependencyFact("started", began=began)}
    return world(web(generation, **DEPENDS), pair, verdicts=verdicts, dependencies=dependencies)


def test_a_run_that_can_only_end_the_same_way_is_held_with_its_reason() -> None:
    seen = crashed()

    assert deed_names(seen) == []
    assert status(seen) == ("Held", "env-missing")
    assert plan(seen).status.message.startswith("DATABASE_URL is not set; exited with code 1")


def test_the_first_restart_waits_for_no_verdict() -> None:
    assert deed_names(crashed(failures=0)) == ["Start"]


def test_it_is_tried_again_a_minute_after_the_last_try() -> None:
    seen = crashed()

    assert plan(seen).requeue_at == later(50)
    assert deed_names(seen, later(49.9)) == []
    assert deed_names(seen, later(50)) == ["Start"]


def test_it_is_tried_at_once_when_what_it_depends_on_has_begun_anew() -> None:
    assert deed_names(crashed(began=later(-60)), later(2)) == []
    assert deed_names(crashed(began=later(1)), later(2)) == ["Start"]


def test_a_plain_crash_is_never_held() -> None:
    plain = RunVerdict(NOON, "uncaught-exception", "KeyError", holds=False)

    assert status(crashed(plain, failures=5)) == ("CrashLooping", "BackingOff")
    assert status(crashed(None, failures=5)) == ("CrashLooping", "BackingOff")


def test_a_new_spec_is_not_held_for_what_the_old_one_did() -> None:
    assert "Held" not in status(crashed(generation=2))
