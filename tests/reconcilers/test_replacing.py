"""One container takes another's place, as a sequence of states; and what happens when it can't."""

from dataclasses import replace
from typing import Any

from reconcilers.actions import CreateInstance
from reconcilers.world import ContainerWorld, DependencyFact, ImageFact
from tests.reconcilers.worlds import (
    NOON,
    Pair,
    created,
    deed_names,
    deeds,
    exited,
    foreign,
    held,
    later,
    plan,
    progressing,
    recorded,
    running,
    status,
    web,
    with_restarts,
    world,
)

# What a failure leads to for the update as a whole is told in test_rollouts.
TOLERANT: dict[str, Any] = {"image": "busybox:2", "update": {"on_failure": "continue"}}
OLD, NEW = web(), web(2, **TOLERANT)
SUCCESSOR = "container-web-1-g2"
FORMER = "container-web-1-g1"


def beside(pair: Pair) -> Pair:
    """Return the successor under the name that it bears while its predecessor is there."""
    instance, container = pair
    return replace(instance, name="shop-web-1-r2"), replace(container, name="shop-web-1-r2")


def stopped(pair: Pair) -> Pair:
    """Return the predecessor as Ergon stopped it."""
    return recorded(pair, stop_expected=True)


FORMER_RUNS = running(OLD)
FORMER_STOPPED = stopped(exited(OLD, 143))
SUCCESSOR_RUNS = beside(running(NEW, started_at=NOON))
SUCCESSOR_CRASHED = beside(with_restarts(exited(NEW), failures=1, last_restart=NOON))
SUCCESSOR_HELD = beside(held(created(NEW)))


def touched(seen: ContainerWorld, seconds: float = 0) -> list[tuple[str, str]]:
    """Return what is done to which container."""
    return [(type(one).__name__, getattr(one, "container_id", "")) for one in deeds(seen, later(seconds))]


# the sequence


def test_the_successor_is_made_beside_under_a_name_of_its_own() -> None:
    [create] = deeds(world(NEW, FORMER_RUNS))

    assert isinstance(create, CreateInstance)
    assert (create.name, create.final_name, create.start) == ("shop-web-1-r2", "shop-web-1", False)


def test_then_the_predecessor_is_stopped_and_the_successor_started() -> None:
    assert touched(world(NEW, FORMER_RUNS, beside(created(NEW)))) == [("Stop", FORMER), ("Start", SUCCESSOR)]


def test_after_a_cut_in_between_the_start_is_carried_on() -> None:
    assert touched(world(NEW, FORMER_STOPPED, beside(created(NEW)))) == [("Start", SUCCESSOR)]


def test_the_predecessor_is_kept_until_the_successor_is_ready() -> None:
    owner = replace(NEW, resource=web(2, **TOLERANT, probes={"readiness": {"tcp": {"port": 1}}}).resource)

    seen = world(owner, FORMER_STOPPED, beside(running(owner)))
    assert (deeds(seen), status(seen)[1]) == ([], "NotReady")


def test_and_five_seconds_longer() -> None:
    seen = world(NEW, FORMER_STOPPED, SUCCESSOR_RUNS)

    assert (deeds(seen, later(4.9)), plan(seen, later(4.9)).requeue_at) == ([], later(5))
    assert touched(seen, 5) == [("FinishUpdate", "")]


def test_then_it_goes() -> None:
    seen = world(NEW, FORMER_STOPPED, SUCCESSOR_RUNS, rollout=progressing(NEW, state="complete"))

    assert touched(seen, 5) == [("RemoveInstance", FORMER)]


def test_meanwhile_it_is_ready_and_shows_that_its_predecessor_will_go() -> None:
    decision = plan(world(NEW, FORMER_STOPPED, SUCCESSOR_RUNS), later(1))

    assert decision.status.ready
    assert [(change.action, change.instance) for change in decision.changes] == [("delete", "shop-web-1")]


def test_a_predecessor_that_did_not_run_is_not_kept() -> None:
    assert touched(world(NEW, exited(OLD), SUCCESSOR_RUNS)) == [("RemoveInstance", FORMER)]


def test_in_the_end_the_name_passes_on() -> None:
    seen = world(NEW, SUCCESSOR_RUNS)

    [rename] = deeds(seen)
    assert getattr(rename, "name", "") == "shop-web-1"
    [change] = plan(seen, NOON).changes
    assert [(field.path, field.declared, field.observed, field.effect) for field in change.fields] == [
        ("name", "shop-web-1", "shop-web-1-r2", "rename")
    ]
    assert (change.action, change.effect, change.outlook.when) == ("update", "rename", "now")


def test_a_predecessor_that_somebody_starts_again_is_stopped() -> None:
    assert touched(world(NEW, FORMER_RUNS, SUCCESSOR_RUNS)) == [("Stop", FORMER)]


def test_a_replacement_for_the_same_generation_gets_a_name_that_is_free() -> None:
    moved = recorded(running(OLD, name="shop-web-1-r1"), name="shop-web-1-r1", resolved={"image_id": "sha256:0"})

    _, create = deeds(world(OLD, moved))
    assert isinstance(create, CreateInstance)
    assert create.name == "shop-web-1-r1-2"


def test_a_job_that_ends_has_taken_over() -> None:
    old, new = web(restart="never"), web(2, restart="never", image="busybox:2")

    assert touched(world(new, exited(old, 0), beside(exited(new, 0)))) == [("RemoveInstance", FORMER)]


# while the successor can't be made


def waiting(former: Pair, **facts: Any) -> ContainerWorld:
    return world(NEW, former, **{"image": ImageFact("busybox:2", failure="gone", retry_at=later(10)), **facts})


def test_the_present_container_lives_on() -> None:
    assert (touched(waiting(FORMER_RUNS)), status(waiting(FORMER_RUNS))[1]) == ([], "ImagePullFailed")
    assert touched(waiting(exited(OLD))) == [("Start", FORMER)]
    assert touched(waiting(running(OLD, state="paused"))) == [("Unpause", FORMER)]
    assert touched(waiting(running(OLD, health="unhealthy"))) == [("Stop", FORMER), ("Start", FORMER)]


def test_it_lives_by_the_rules_it_was_made_under() -> None:
    old = web(restart="never")

    assert touched(waiting(exited(old, 0))) == []


def test_it_is_looked_at_again_when_either_is_due() -> None:
    crashed = with_restarts(exited(OLD), failures=2, last_restart=NOON)

    assert plan(waiting(crashed)).requeue_at == later(2)


def test_it_is_kept_running_while_the_image_is_fetched() -> None:
    assert deed_names(waiting(exited(OLD), image=ImageFact("busybox:2"))) == ["Pull", "Start"]


# while the successor can't start


def test_the_predecessor_runs_until_the_dependencies_of_its_successor_are_ready() -> None:
    owner = replace(NEW, resource=web(2, **TOLERANT, depends_on=["db"]).resource)
    facts = {"db": DependencyFact("waiting")}

    assert touched(world(owner, FORMER_RUNS, beside(created(owner)), dependencies=facts)) == []
    assert touched(world(owner, exited(OLD), beside(created(owner)), dependencies=facts)) == [("Start", FORMER)]


def test_one_that_is_held_gives_the_place_back() -> None:
    assert touched(world(NEW, FORMER_STOPPED, SUCCESSOR_HELD)) == [("Start", FORMER)]


def test_one_that_crashes_gets_its_first_restart_at_once() -> None:
    assert touched(world(NEW, FORMER_STOPPED, beside(exited(NEW)))) == [("Start", SUCCESSOR)]


def test_one_that_crash_loops_gives_the_place_back() -> None:
    assert touched(world(NEW, FORMER_STOPPED, SUCCESSOR_CRASHED)) == [("Start", FORMER)]


def test_one_that_runs_and_keeps_failing_is_stopped_first() -> None:
    failing = beside(with_restarts(running(NEW, health="unhealthy", started_at=NOON), failures=1, last_restart=NOON))

    assert touched(world(NEW, FORMER_STOPPED, failing)) == [("Stop", SUCCESSOR), ("Start", FORMER)]


def test_the_failed_update_is_reported() -> None:
    seen = world(NEW, FORMER_RUNS, SUCCESSOR_HELD)

    assert status(seen) == ("Held", "UpdateFailed")
    assert "the former container serves" in plan(seen).status.message
    assert '"serve" not found' in plan(seen).status.message
    assert status(world(NEW, FORMER_RUNS, SUCCESSOR_CRASHED)) == ("CrashLooping", "UpdateFailed")


def test_it_is_not_tried_again_by_itself_while_the_predecessor_serves() -> None:
    assert touched(world(NEW, FORMER_RUNS, SUCCESSOR_HELD), 3600) == []
    assert touched(world(NEW, FORMER_RUNS, SUCCESSOR_CRASHED), 3600) == []


def test_it_is_tried_again_when_a_restart_is_asked_for() -> None:
    asked = replace(NEW, restart_requested=later(1))
    former = running(OLD, started_at=later(2))

    assert touched(world(asked, former, SUCCESSOR_CRASHED), 3) == [("Stop", FORMER), ("Start", SUCCESSOR)]


def test_it_is_tried_again_when_what_held_it_is_gone() -> None:
    released = beside(held(created(NEW), retry_in_s=None))

    assert touched(world(NEW, FORMER_RUNS, released)) == [("Stop", FORMER), ("Start", SUCCESSOR)]


def test_the_predecessor_is_restarted_when_it_crashes_meanwhile() -> None:
    assert touched(world(NEW, exited(OLD), SUCCESSOR_HELD)) == [("Start", FORMER)]


def test_without_a_predecessor_the_successor_is_tried_every_minute() -> None:
    assert touched(world(NEW, SUCCESSOR_HELD), 60)[-1] != ("Start", FORMER)
    assert "Start" in deed_names(world(NEW, SUCCESSOR_HELD), later(60))


# while what is declared changes again


def test_a_failed_successor_goes_when_something_else_is_declared() -> None:
    newest = web(3, image="busybox:3")

    assert touched(world(newest, FORMER_RUNS, SUCCESSOR_HELD)) == [("RemoveInstance", SUCCESSOR)]


def test_going_back_to_what_ran_before_keeps_that_container() -> None:
    back = web(3)

    assert touched(world(back, FORMER_RUNS, SUCCESSOR_HELD)) == [("RemoveInstance", SUCCESSOR)]
    assert deed_names(world(back, FORMER_RUNS)) == ["AcceptSpec"]


def test_a_successor_that_serves_stays_and_its_predecessor_goes() -> None:
    newest = web(3, image="busybox:3")

    assert touched(world(newest, FORMER_STOPPED, SUCCESSOR_RUNS)) == [("RemoveInstance", FORMER)]


def test_a_stop_stops_both_and_removes_neither() -> None:
    seen = world(replace(NEW, stopped=True), FORMER_RUNS, beside(created(NEW)))

    assert touched(seen) == [("Stop", FORMER)]
    assert touched(world(replace(NEW, stopped=True), FORMER_STOPPED, SUCCESSOR_RUNS)) == [("Stop", SUCCESSOR)]


def test_a_successor_that_is_gone_is_forgotten() -> None:
    lost = SUCCESSOR_RUNS[0]

    assert touched(world(NEW, FORMER_STOPPED, gone=[lost])) == [("Forget", SUCCESSOR)]


def test_a_name_taken_by_a_stranger_leaves_the_successor_in_service_under_its_own() -> None:
    seen = world(NEW, SUCCESSOR_RUNS, holders=foreign())

    assert (touched(seen), status(seen)) == ([], ("Conflict", "NameTaken"))
