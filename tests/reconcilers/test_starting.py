"""When a container that was made may start: its dependencies, and what holds it."""

import pytest

from reconcilers.actions import Start
from reconcilers.world import ContainerWorld, DependencyFact
from tests.reconcilers.worlds import WEB, created, deed_names, deeds, held, later, paths, plan, status, web, world

STATES = ("missing", "waiting", "started", "healthy", "completed", "failed")
ENOUGH = {
    "service_started": {"started", "healthy", "completed"},
    "service_healthy": {"healthy"},
    "service_completed_successfully": {"completed"},
}


def needing(condition: str, state: str, *, required: bool = True) -> ContainerWorld:
    owner = web(depends_on={"db": {"condition": condition, "required": required}})
    return world(owner, created(owner), dependencies={"db": DependencyFact(state, "why")})  # type: ignore[arg-type]  # parametrised


def test_what_was_made_is_started() -> None:
    [start] = deeds(world(WEB, created(WEB)))

    assert isinstance(start, Start)
    assert (start.restart, start.failures) == (False, None)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("condition", ENOUGH)
def test_it_starts_when_each_dependency_is_far_enough(condition: str, state: str) -> None:
    started = deed_names(needing(condition, state)) == ["Start"]

    assert started is (state in ENOUGH[condition])


@pytest.mark.parametrize(("state", "starts"), [("missing", True), ("failed", True), ("waiting", False)])
def test_a_dependency_that_is_not_required_holds_nothing_up_by_being_absent(state: str, starts: bool) -> None:
    assert (deed_names(needing("service_healthy", state, required=False)) == ["Start"]) is starts


def test_it_says_what_it_waits_for() -> None:
    seen = needing("service_completed_successfully", "waiting")

    assert plan(seen).status.message == "waits for db to be completed successfully (why)"
    assert status(seen) == ("Pending", "DependencyNotReady")


def test_a_dependency_that_failed_is_named_as_such() -> None:
    assert status(needing("service_completed_successfully", "failed")) == ("Pending", "DependencyFailed")


def test_one_that_is_not_known_at_all_counts_as_missing() -> None:
    owner = web(depends_on=["db"])

    assert deeds(world(owner, created(owner))) == []


def test_what_can_not_start_is_held_and_says_why() -> None:
    seen = world(WEB, held(created(WEB)))

    assert (deeds(seen), status(seen), plan(seen).requeue_at) == ([], ("Held", "CommandNotFound"), later(60))
    assert plan(seen).status.message == '"serve" not found'


def test_a_hold_is_tried_again_after_a_minute() -> None:
    assert deed_names(world(WEB, held(created(WEB))), later(60)) == ["Start"]


def test_a_hold_is_tried_at_once_when_it_is_released() -> None:
    assert deed_names(world(WEB, held(created(WEB), retry_in_s=None))) == ["Start"]


def test_a_container_that_is_not_started_yet_is_no_drift() -> None:
    assert paths(world(WEB, created(WEB))) == [("status.state", "missing", "restart")]


def test_a_dead_container_is_removed_and_not_started() -> None:
    dead = created(WEB, state="dead", started_at=later(-60), finished_at=later(-1), exit_code=1)

    assert deed_names(world(WEB, dead)) == ["RemoveInstance"]


@pytest.mark.parametrize("state", ["removing", "restarting"])
def test_what_docker_is_busy_with_is_left_to_it(state: str) -> None:
    assert deeds(world(WEB, created(WEB, state=state, started_at=later(-60)))) == []
