"""Limits that are declared because they were measured."""

from datetime import UTC, datetime, timedelta
from typing import Any

from desired_state.container import ContainerSpec
from desired_state.limits import with_limits
from desired_state.scaling import ResourcePolicy
from reconcilers.resizing import PROBATION, Proposal, Resizing, Trouble, decide

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MIB = 1 << 20
LESS = Proposal("mem_limit", 512 * MIB, 128 * MIB, True, "100 MiB peak x 1.15")
LOWERED = Resizing(NOON, {"mem_limit": 512 * MIB}, {"mem_limit": 128 * MIB}, LESS.formula)


def policy(**fields: Any) -> ResourcePolicy:
    return ResourcePolicy.model_validate({"auto": "apply", **fields})


def test_what_follows_from_use_is_declared() -> None:
    assert decide(policy(), [LESS], None, [], NOON) == Resizing(
        NOON, {"mem_limit": 512 * MIB}, {"mem_limit": 128 * MIB}, "mem_limit: 100 MiB peak x 1.15"
    )


def test_only_where_that_was_asked_for() -> None:
    for auto in ("off", "recommend"):
        assert decide(policy(auto=auto), [LESS], None, [], NOON) is None


def test_never_beyond_the_bounds() -> None:
    bounded = decide(policy(min={"memory": "256M"}), [LESS], None, [], NOON)
    nothing_left = decide(policy(min={"memory": "512M"}), [LESS], None, [], NOON)

    assert bounded is not None
    assert bounded.after == {"mem_limit": 256 * MIB}
    assert nothing_left is None


def test_what_is_provisional_is_left_alone() -> None:
    assert decide(policy(), [Proposal("mem_limit", 512 * MIB, 128 * MIB, False, "")], None, [], NOON) is None


def test_no_limit_is_introduced_that_nobody_spoke_of() -> None:
    unlimited = Proposal("mem_limit", None, 128 * MIB, True, "")

    assert decide(policy(), [unlimited], None, [], NOON) is None
    assert decide(policy(max={"memory": "1G"}), [unlimited], None, [], NOON) is not None


def test_once_a_day_at_most() -> None:
    assert decide(policy(), [LESS], LOWERED, [], NOON + timedelta(hours=23)) is None
    assert decide(policy(), [LESS], LOWERED, [], NOON + timedelta(hours=25)) is not None


def test_a_kill_soon_after_brings_back_what_was() -> None:
    kill = Trouble("oom", NOON + timedelta(minutes=9))

    back = decide(policy(), [], LOWERED, [kill], NOON + timedelta(minutes=10))

    assert back is not None
    assert back.after == {"mem_limit": 512 * MIB}
    assert back.undoes
    assert back.reason == "killed for memory 540 s after mem_limit was lowered"


def test_what_was_undone_is_not_undone_again_and_rests_for_a_day() -> None:
    kill = Trouble("oom", NOON + timedelta(minutes=1))
    back = Resizing(NOON, {"mem_limit": 128 * MIB}, {"mem_limit": 512 * MIB}, "", undoes=True)

    assert decide(policy(), [LESS], back, [kill], NOON + timedelta(minutes=2)) is None


def test_other_troubles_and_late_ones_undo_nothing() -> None:
    earlier = Trouble("oom", NOON - timedelta(minutes=1))
    other = Trouble("throttled", NOON + timedelta(minutes=1))
    late = Trouble("oom", NOON + PROBATION + timedelta(minutes=1))

    for trouble in (earlier, other, late):
        assert decide(policy(), [], LOWERED, [trouble], max(trouble.at, NOON)) is None


def test_more_is_never_taken_back() -> None:
    raised = Resizing(NOON, {"cpus": 0.5}, {"cpus": 1.0}, "")

    assert decide(policy(), [], raised, [Trouble("throttled", NOON)], NOON + timedelta(minutes=5)) is None


def test_where_there_was_no_limit_the_way_back_is_the_most_that_is_allowed() -> None:
    first = Resizing(NOON, {"mem_limit": None}, {"mem_limit": 128 * MIB}, "")
    kill = Trouble("oom", NOON)

    bounded = decide(policy(max={"memory": "1G"}), [], first, [kill], NOON)
    free = decide(policy(), [], first, [kill], NOON)

    assert bounded is not None
    assert bounded.after == {"mem_limit": 1024 * MIB}
    assert free is not None
    assert free.after == {"mem_limit": 256 * MIB}


def test_a_limit_changes_where_it_was_declared() -> None:
    composed = declared(deploy={"resources": {"limits": {"memory": "512M"}}})

    assert with_limits(composed, {"mem_limit": 128 * MIB}) == declared(
        deploy={"resources": {"limits": {"memory": "128M"}}}
    )
    assert with_limits(declared(), {"mem_limit": 128 * MIB, "cpus": 0.5}) == declared(mem_limit="128M", cpus=0.5)


def test_swap_follows_memory() -> None:
    none = declared(mem_limit="512M", memswap_limit="512M")
    some = declared(mem_limit="512M", memswap_limit="768M")

    assert with_limits(none, {"mem_limit": 128 * MIB})["memswap_limit"] == 128 * MIB
    assert with_limits(some, {"mem_limit": 1024 * MIB})["memswap_limit"] == 1024 * MIB


def declared(**fields: Any) -> dict[str, Any]:
    return ContainerSpec.model_validate({"image": "web", **fields}).declared()
