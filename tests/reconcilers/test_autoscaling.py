"""How many replicas a busy service is given. Numbers are those of Kubernetes' own documentation where it has some."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desired_state.container import ContainerSpec
from desired_state.key import Key
from desired_state.resource import Resource, Stored
from reconcilers.autoscaling import DOWN_WINDOW, Replica, Verdict, Wish, decide, scaled

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MIB = 1 << 20


def spec(**autoscale: Any) -> ContainerSpec:
    scale = {"min": 1, "max": 10, **(autoscale or {"cpu": "50%"})}
    return ContainerSpec.model_validate({"image": "web", "cpus": 1.0, "mem_limit": "100M", "autoscale": scale})


def using(*cores: float | None, unready: Sequence[float | None] = ()) -> list[Replica]:
    ready = [Replica(f"web-{number}", True, one) for number, one in enumerate(cores)]
    return ready + [Replica(f"new-{number}", False, one) for number, one in enumerate(unready)]


def settled(current: int, replicas: Sequence[Replica], declared: ContainerSpec | None = None) -> Verdict:
    """Return a verdict in which nothing of the last minutes asked for more."""
    return decide(declared or spec(), current, replicas, [Wish(NOON, 1)], NOON)


@pytest.mark.parametrize(
    ("current", "cores", "wanted"),
    [
        (1, [1.0], 2),  # twice the target: twice the replicas
        (2, [1.0, 1.0], 4),
        (4, [0.25, 0.25, 0.25, 0.25], 2),  # half the target: half the replicas
        (3, [0.5, 0.6, 0.4], 3),
        (1, [0.55], 1),  # within the tolerance of 0.1
        (1, [0.56], 2),
        (10, [0.46] * 10, 10),
        (3, [0.9, 0.9, 0.9], 6),
    ],
)
def test_the_number_follows_from_how_busy_each_is(current: int, cores: list[float], wanted: int) -> None:
    assert settled(current, using(*cores)).replicas == wanted


def test_it_stays_within_what_is_declared() -> None:
    assert settled(6, using(*[1.0] * 6)).replicas == 10
    assert settled(3, using(0, 0, 0), spec(min=2, cpu="50%")).replicas == 2
    assert settled(12, using(*[0.5] * 10)).replicas == 10
    assert settled(1, [], spec(min=3, cpu="50%")).replicas == 3


def test_it_grows_no_faster_than_fourfold_steps() -> None:
    assert settled(1, using(1.0), spec(cpu="5%")).replicas == 5
    assert settled(3, using(*[1.0] * 3), spec(cpu="5%", max=100)).replicas == 7


def test_the_busier_of_two_metrics_decides() -> None:
    both = spec(cpu="50%", memory="50%")
    found = decide(both, 2, [Replica("a", True, 0.5, 100 * MIB), Replica("b", True, 0.5, 100 * MIB)], [], NOON)

    assert found.replicas == 4
    assert found.reason == "memory at 100% of what one replica has, 50% is wanted"


def test_a_smaller_number_waits_until_nothing_in_five_minutes_asked_for_more() -> None:
    wishes: tuple[Wish, ...] = (Wish(NOON, 4),)
    idle = using(*[0.1] * 4)
    early = decide(spec(), 4, idle, wishes, NOON + DOWN_WINDOW - timedelta(seconds=1))
    late = decide(spec(), 4, idle, early.wishes, NOON + DOWN_WINDOW + timedelta(seconds=1))

    assert (early.replicas, late.replicas) == (4, 1)


def test_after_a_restart_of_the_controller_what_there_is_counts_as_wanted() -> None:
    assert decide(spec(), 4, using(*[0.1] * 4), [], NOON).replicas == 4


def test_replicas_that_are_not_ready_count_as_idle_while_it_grows() -> None:
    assert settled(2, using(0.8, unready=[0.9])).replicas == 2
    assert settled(3, using(1.0, 1.0, unready=[None])).replicas == 4


def test_replicas_that_were_not_measured_count_as_busy_while_it_shrinks() -> None:
    assert settled(2, using(0.1, None)).replicas == 2
    assert settled(4, using(0.1, 0.1, 0.1, None)).replicas == 3


def test_nothing_is_done_while_nothing_is_known() -> None:
    found = settled(2, using(None, None))

    assert found.replicas == 2
    assert "cpu unknown" in found.stuck


def test_it_does_not_shrink_while_one_metric_is_unknown() -> None:
    both = spec(cpu="50%", memory="50%")

    assert settled(4, using(*[0.1] * 4), both).replicas == 4
    assert settled(2, using(1.0, 1.0), both).replicas == 4


@given(
    current=st.integers(1, 10),
    cores=st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=1, max_size=10),
    ready=st.lists(st.booleans(), min_size=10, max_size=10),
)
def test_it_never_leaves_its_bounds_nor_moves_against_the_load(
    current: int, cores: list[float | None], ready: list[bool]
) -> None:
    replicas = [Replica(str(number), ready[number], one) for number, one in enumerate(cores[:current])]
    known = [one.cores for one in replicas if one.ready and one.cores is not None]

    found = settled(current, replicas).replicas

    assert 1 <= found <= 10
    if known and max(known) <= 0.5:
        assert found <= current
    if known and min(known) >= 0.5:
        assert found >= current


def test_a_declared_number_is_never_overridden() -> None:
    declared = spec().model_copy(update={"replicas": 7})

    assert replicas_of(scaled(stored(declared), 3)) == 7
    assert replicas_of(scaled(stored(spec()), 3)) == 3
    assert replicas_of(scaled(stored(spec()), None)) == 1
    assert replicas_of(scaled(stored(spec()), 99)) == 10


def stored(declared: ContainerSpec) -> Stored:
    return Stored(Resource(Key("Container", "default", "web"), declared), "uid", 1, 1, NOON, NOON)


def replicas_of(one: Stored) -> int:
    assert isinstance(one.resource.spec, ContainerSpec)
    return one.resource.spec.replica_count
