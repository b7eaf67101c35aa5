"""What becomes of a change made outside Ergon, field by field: put right, asked about, told, looked away from."""

from dataclasses import replace
from typing import Any

import pytest

from desired_state.approval import Approval, Verdict
from desired_state.resource import Stored
from observed_state.container import Container
from reconcilers.decision import FieldChange
from reconcilers.policies import difference_of, plan_id
from reconcilers.world import ContainerWorld
from tests.reconcilers.worlds import NOON, Pair, deed_names, exited, fields, later, plan, recorded, running, web, world

LIMITS = {"cpu_shares": 512, "pids_limit": 100}
CHANGED = {"CpuShares": 77, "PidsLimit": 7}


def drifted(drift: Any, *words: Approval, **changes: Any) -> ContainerWorld:
    """Return a world in which somebody changed both limits, under a drift policy."""
    owner = with_words(web(drift=drift, **LIMITS), *words)
    return world(owner, running(owner, **{"resources": CHANGED, **changes}))


def with_words(owner: Stored, *words: Approval) -> Stored:
    return replace(owner, approvals=words)


def word(verdict: Verdict, field: FieldChange) -> Approval:
    return Approval(verdict, "ann", NOON, difference_of("shop-web-1", field), field.path)


def shown(seen: ContainerWorld) -> list[tuple[str, str]]:
    return [(field.path, field.policy) for field in fields(seen)]


def unshown(seen: ContainerWorld) -> list[str]:
    return [field.path for change in plan(seen).unshown for field in change.fields]


def condition(seen: ContainerWorld, kind: str) -> str:
    return next((one.status for one in plan(seen).status.conditions if one.type == kind), "absent")


# which policy holds


def test_one_word_is_the_default_of_all_that_is_declared() -> None:
    assert shown(drifted("alert")) == [("spec.cpu_shares", "alert"), ("spec.pids_limit", "alert")]


def test_a_field_has_its_own_policy() -> None:
    seen = drifted({"default": "alert", "paths": {"spec.pids_limit": "enforce"}})

    assert deed_names(seen) == ["Update"]
    assert shown(seen) == [("spec.cpu_shares", "alert"), ("spec.pids_limit", "enforce")]


@pytest.mark.parametrize("paths", [{"spec.*": "alert", "spec.cpu*": "ignore"}, {"spec.cpu*": "ignore", "*": "alert"}])
def test_the_most_specific_pattern_wins(paths: dict[str, str]) -> None:
    seen = drifted({"paths": paths})

    assert (shown(seen), unshown(seen)) == ([("spec.pids_limit", "alert")], ["spec.cpu_shares"])


def test_a_pattern_means_what_lies_below_it_too() -> None:
    owner = web(drift={"paths": {"spec.networks": "alert"}})

    assert deed_names(world(owner, running(owner, networks={}))) == []


def test_what_is_ignored_is_listed_when_asked_for() -> None:
    seen = drifted({"default": "ignore"})

    assert (shown(seen), unshown(seen)) == ([], ["spec.cpu_shares", "spec.pids_limit"])
    assert (condition(seen, "Drifted"), plan(seen).status.drift) == ("False", 0)


def test_drift_that_is_only_told_is_a_condition() -> None:
    assert condition(drifted("alert"), "Drifted") == "True"


def test_an_image_that_moved_follows_the_policy_that_is_written_for_it() -> None:
    def moved(drift: Any) -> ContainerWorld:
        owner = web(drift=drift)
        instance, container = running(owner)
        return world(owner, (replace(instance, resolved={**instance.resolved, "image_id": "sha256:0"}), container))

    assert deed_names(moved("alert")) == ["BeginUpdate", "CreateInstance"]
    assert deed_names(moved({"paths": {"spec.image": "ask"}})) == []
    assert condition(moved({"paths": {"spec.image": "ask"}}), "AwaitingApproval") == "True"


def test_a_copy_can_be_looked_away_from_and_is_never_touched() -> None:
    copy = Container("c" * 64, "clone", "busybox", "sha256:1", "running", pid=5)
    owner = web(drift={"paths": {"metadata.copies": "ignore"}})
    seen = world(owner, running(owner), copies=(copy,))

    assert (fields(seen), unshown(seen), deed_names(seen)) == ([], ["metadata.copies"], [])


# asking


def test_what_is_asked_about_is_shown_and_waits() -> None:
    seen = drifted("ask")

    assert (deed_names(seen), condition(seen, "AwaitingApproval")) == ([], "True")
    assert plan(seen).status.ready


def test_an_approved_difference_is_put_right_and_no_other() -> None:
    cpu, _ = fields(drifted("ask"))
    seen = drifted("ask", word("repair", cpu))

    [update] = plan(seen).actions
    assert getattr(update, "changes", {}) == {"CpuShares": 512}
    assert condition(seen, "AwaitingApproval") == "True"


def test_another_value_of_the_same_field_asks_anew() -> None:
    cpu, _ = fields(drifted("ask"))
    seen = drifted("ask", word("repair", cpu), resources={**CHANGED, "CpuShares": 78})

    assert (deed_names(seen), condition(seen, "AwaitingApproval")) == ([], "True")


def test_an_accepted_difference_is_kept_and_told_no_more() -> None:
    seen = drifted("ask", *(word("accept", field) for field in fields(drifted("ask"))))

    assert (deed_names(seen), fields(seen)) == ([], [])
    assert unshown(seen) == ["spec.cpu_shares", "spec.pids_limit"]
    assert condition(seen, "AwaitingApproval") == "absent"


def test_a_rejected_repair_is_told_and_asked_about_no_more() -> None:
    seen = drifted("ask", *(word("reject", field) for field in fields(drifted("ask"))))

    assert (deed_names(seen), len(fields(seen)), condition(seen, "AwaitingApproval")) == ([], 2, "absent")


def test_what_is_only_told_can_be_put_right_once() -> None:
    cpu, _ = fields(drifted("alert"))

    assert deed_names(drifted("alert", word("repair", cpu))) == ["Update"]


def test_a_plan_is_named_after_exactly_what_it_changes() -> None:
    [before], [after] = plan(drifted("ask")).changes, plan(drifted("alert")).changes
    [other] = plan(drifted("ask", resources={**CHANGED, "CpuShares": 78})).changes

    assert plan_id(before) == plan_id(after) != plan_id(other)


# whether it runs


def stopped_by_hand(drift: Any, **changes: Any) -> ContainerWorld:
    owner = web(drift=drift)
    return world(owner, recorded_as_by_hand(exited(owner, 0, **changes)))


def recorded_as_by_hand(pair: Pair) -> Pair:
    ended = replace(pair[0].restarts, last_exit_at=pair[1].finished_at, last_exit_code=0, last_exit_by_hand=True)
    return recorded(pair, restarts=ended)


HANDS_OFF = {"paths": {"status.state": "alert"}}


@pytest.mark.parametrize("drift", ["alert", "ask", {"paths": {"*": "ignore"}}])
def test_only_a_pattern_that_says_so_leaves_a_container_stopped(drift: Any) -> None:
    assert deed_names(stopped_by_hand(drift)) == ["Start"]


def test_a_container_that_somebody_stopped_stays_so_where_its_policy_says_so() -> None:
    seen = stopped_by_hand(HANDS_OFF)

    assert deed_names(seen) == []
    assert (plan(seen).status.phase, plan(seen).status.ready) == ("Degraded", False)
    assert shown(seen) == [("status.state", "alert")]


def test_one_that_ended_by_itself_is_left_to_its_restart_policy() -> None:
    owner = web(drift=HANDS_OFF)

    assert deed_names(world(owner, exited(owner))) == ["Start"]


def test_a_frozen_one_stays_frozen_and_one_that_was_removed_stays_away() -> None:
    owner = web(drift={"paths": {"status.state": "ask"}})

    frozen = world(owner, running(owner, state="paused"))
    gone = world(owner, gone=[running(owner)[0]])

    assert (deed_names(frozen), deed_names(gone)) == ([], [])
    assert plan(gone).status.reason == "AwaitingApproval"


def test_an_approval_lets_it_come_back() -> None:
    owner = web(drift={"paths": {"status.state": "ask"}})
    [gone] = fields(world(owner, gone=[running(owner)[0]]))

    assert deed_names(world(with_words(owner, word("repair", gone)), gone=[running(owner)[0]])) == ["Forget"]


def test_a_restart_that_a_person_asks_for_is_done_all_the_same() -> None:
    owner = replace(web(drift=HANDS_OFF), restart_requested=later(5))

    assert deed_names(world(owner, recorded_as_by_hand(exited(owner, 0)))) == ["Start"]


def test_a_new_spec_is_carried_out_whatever_the_policy() -> None:
    owner = web(2, drift=HANDS_OFF, command="serve")

    assert deed_names(world(owner, recorded_as_by_hand(exited(web(drift=HANDS_OFF), 0)))) == ["CreateInstance"]
