"""Several slots: more, fewer, and one replaced at a time."""

from dataclasses import replace
from typing import Any

from reconcilers.actions import Action
from reconcilers.world import ContainerWorld
from tests.reconcilers.worlds import NOON, Pair, created, deed_names, deeds, exited, plan, recorded, running, web, world

OLD, NEW = web(replicas=3), web(2, replicas=3, image="busybox:2")


def by_slot(actions: list[Action]) -> list[tuple[int, str]]:
    return [(one.slot, type(one).__name__) for one in actions]


def rollout(*pairs: Pair, **facts: Any) -> ContainerWorld:
    return world(NEW, *pairs, **facts)


def test_missing_slots_are_filled() -> None:
    assert by_slot(deeds(world(OLD, running(OLD, 2)))) == [(1, "CreateInstance"), (3, "CreateInstance")]


def test_surplus_slots_are_stopped_and_removed_the_highest_first() -> None:
    one = web(2, replicas=1)
    actions = deeds(world(one, *(running(OLD, slot) for slot in (1, 2, 3))))

    assert by_slot(actions) == [
        (1, "AcceptSpec"),
        (3, "Stop"),
        (3, "RemoveInstance"),
        (2, "Stop"),
        (2, "RemoveInstance"),
    ]


def test_surplus_slots_are_shown_as_deletions() -> None:
    changes = plan(world(web(2, replicas=1), running(OLD, 1), exited(OLD, slot=2))).changes

    assert [(change.instance, change.action) for change in changes] == [("shop-web-2", "delete")]


def test_no_replicas_are_none() -> None:
    none = web(2, replicas=0)

    assert deed_names(world(none, running(OLD))) == ["Stop", "RemoveInstance"]
    assert plan(world(none)).status.ready


def test_an_interrupted_creation_in_a_surplus_slot_is_ended() -> None:
    pending = recorded(created(OLD, 3), phase="pending", container_id=None)[0]

    assert deed_names(world(web(replicas=2), running(web(replicas=2)), running(OLD, 2), gone=[pending])) == [
        "RemoveInstance"
    ]


# rollouts


def test_one_serving_slot_is_replaced_at_a_time() -> None:
    actions = deeds(rollout(*(running(OLD, slot) for slot in (1, 2, 3))))

    assert by_slot(actions) == [(1, "CreateInstance")]


def test_the_next_one_waits_until_the_first_is_ready() -> None:
    starting = rollout(running(OLD, 1), created(NEW, 1), running(OLD, 2), running(OLD, 3))

    assert {slot for slot, _ in by_slot(deeds(starting))} == {1}


def test_and_is_replaced_then() -> None:
    stopped = recorded(exited(OLD, 143, slot=1), stop_expected=True)
    ready = rollout(stopped, running(NEW, 1, started_at=NOON), running(OLD, 2), running(OLD, 3))

    assert by_slot(deeds(ready)) == [(2, "CreateInstance")]


def test_nothing_that_serves_is_replaced_while_another_slot_does_not() -> None:
    seen = rollout(running(OLD, 1), running(OLD, 2), exited(OLD, slot=3))

    assert by_slot(deeds(seen)) == [(3, "CreateInstance")]


def test_what_is_held_back_is_kept_alive() -> None:
    starting = rollout(running(OLD, 1), created(NEW, 1), running(OLD, 2), exited(OLD, slot=3))
    seen = [action for action in by_slot(deeds(starting)) if action[0] != 3]

    assert seen == []


def test_what_is_not_ready_is_replaced_before_anything_that_is() -> None:
    seen = rollout(running(OLD, 1), running(OLD, 2, state="paused"), running(OLD, 3, health="unhealthy"))

    assert by_slot(deeds(seen)) == [(2, "CreateInstance"), (3, "CreateInstance")]


def test_a_restart_that_is_asked_for_takes_down_one_at_a_time() -> None:
    asked = replace(OLD, restart_requested=NOON)
    seen = world(asked, *(running(OLD, slot) for slot in (1, 2, 3)))

    assert by_slot(deeds(seen)) == [(1, "Stop"), (1, "Start")]


def test_what_does_not_serve_is_replaced_side_by_side() -> None:
    seen = rollout(*(exited(OLD, slot=slot) for slot in (1, 2, 3)))

    assert by_slot(deeds(seen)) == [(1, "CreateInstance"), (2, "CreateInstance"), (3, "CreateInstance")]


def test_changes_in_place_are_made_everywhere_at_once() -> None:
    seen = world(web(2, replicas=3, cpu_shares=5), *(running(OLD, slot) for slot in (1, 2, 3)))

    assert deed_names(seen) == ["Update", "AcceptSpec"] * 3


def test_all_that_is_pending_is_shown_from_the_start() -> None:
    changes = plan(rollout(*(running(OLD, slot) for slot in (1, 2, 3)))).changes

    assert [(change.instance, change.action) for change in changes] == [
        ("shop-web-1", "replace"),
        ("shop-web-2", "replace"),
        ("shop-web-3", "replace"),
    ]
