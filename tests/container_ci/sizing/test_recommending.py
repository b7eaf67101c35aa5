"""What limits follow from what was used."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from container_ci.sizing.history import History, Pressure
from container_ci.sizing.recommending import Ground, Limits, Recommendation, oom_bump, recommend
from container_ci.sizing.samples import Sample
from tests.container_ci.sizing.used import MIB, NOON, history

HOST = Ground(memory=8192 * MIB, cpus=4)


def advised(found: History, limits: Limits, ground: Ground = HOST) -> dict[str, Recommendation]:
    return {one.field: one for one in recommend(found, limits, ground, NOON).recommendations}


def test_an_idle_container_gives_memory_back_after_a_day() -> None:
    two_days = history(hours=48, memory=40 * MIB, cores=0.01)

    found = advised(two_days, Limits(memory=1024 * MIB))["mem_limit"]

    assert found.recommended == 512 * MIB  # more than half only after a week
    assert found.saving == 512 * MIB
    assert not found.provisional


def test_after_a_week_it_gives_back_what_it_can() -> None:
    week = history(hours=8 * 24, memory=40 * MIB, every_s=600)

    found = advised(week, Limits(memory=1024 * MIB))["mem_limit"]

    assert found.recommended == 48 * MIB  # 40 MiB x 1.15, in steps of 16 MiB


def test_nothing_is_taken_away_within_the_first_day() -> None:
    assert "mem_limit" not in advised(history(hours=20, memory=40 * MIB), Limits(memory=1024 * MIB))


def test_below_the_minimum_it_says_what_is_missing() -> None:
    sizing = recommend(history(hours=37 / 60), Limits(), HOST, NOON)

    assert not sizing.enough_data
    assert sizing.message == "not enough data: 37 of 100 samples, 0.6 of 3 h; the numbers are provisional"
    assert all(one.provisional for one in sizing.recommendations)


def test_nobody_is_sized_by_nothing() -> None:
    sizing = recommend(History(), Limits(memory=64 * MIB), HOST, NOON)

    assert sizing.recommendations == ()
    assert sizing.message == "not enough data: 0 of 100 samples, 0.0 of 3 h"


def test_a_kill_for_memory_asks_for_more_at_once() -> None:
    found = history(hours=0.1, memory=60 * MIB, limit=128 * MIB)
    found.note_oom(NOON - timedelta(minutes=1), 128 * MIB)

    advice = advised(found, Limits(memory=128 * MIB))["mem_limit"]

    assert advice.recommended == 192 * MIB  # 1.5 x 128 MiB
    assert advice.urgent
    assert not advice.provisional


@pytest.mark.parametrize(
    ("limit", "bump"), [(100, 150), (128, 192), (256, 356), (400, 500), (600, 720), (1024, 1228.8)]
)
def test_small_limits_grow_by_half_large_ones_by_a_fifth(limit: int, bump: float) -> None:
    assert oom_bump(Pressure(NOON, "oom", limit * MIB, limit * MIB)) == round(bump * MIB)


def test_a_limit_that_is_all_but_reached_grows_by_a_quarter() -> None:
    found = history(hours=30, memory=122 * MIB, limit=128 * MIB)

    assert advised(found, Limits(memory=128 * MIB))["mem_limit"].recommended == 160 * MIB


def test_a_throttled_container_is_never_given_less() -> None:
    found = history(hours=48, cores=0.2, throttled=0.4)

    advice = advised(found, Limits(cpus=0.25))["cpus"]

    assert advice.recommended == pytest.approx(0.4)  # 1.5 x 0.25, in steps of 0.05
    assert advice.urgent
    assert "cpus" not in advised(history(hours=48, cores=0.2, throttled=0.4), Limits(cpus=8.0))


def test_no_processor_limit_is_wanted_where_none_is_declared() -> None:
    assert "cpus" not in advised(history(hours=48), Limits())
    assert "cpus" in advised(history(hours=48), Limits(), Ground(cpus=4, wants_cpus=True))


def test_the_peak_at_the_start_counts_for_memory_and_not_for_processors() -> None:
    found = history(hours=30, cores=lambda hour: 2.0 if hour < 0.08 else 0.1)
    started = History()
    for number in range(5):
        started.add(_starting(number))

    assert started.cpu.empty
    assert started.peak() == 300 * MIB
    assert advised(found, Limits(cpus=2.0))["cpus"].recommended <= 1.0


def test_memory_that_grows_hour_by_hour_is_not_sized() -> None:
    sizing = recommend(history(hours=30, memory=lambda hour: int((50 + 12 * hour) * MIB)), Limits(), HOST, NOON)

    assert not [one for one in sizing.recommendations if one.field.startswith("mem")]
    assert "leak" in sizing.message


def test_a_limit_never_takes_more_than_four_fifths_of_the_host() -> None:
    found = history(hours=30, memory=900 * MIB)

    assert advised(found, Limits(memory=512 * MIB), Ground(memory=1024 * MIB))["mem_limit"].recommended <= 819.2 * MIB


def test_shares_follow_from_use_where_services_compete() -> None:
    assert "cpu_shares" not in advised(history(hours=30, cores=0.5), Limits())
    shares = advised(history(hours=30, cores=0.5), Limits(), Ground(contended=True))["cpu_shares"]
    assert 560 < shares.recommended < 640


def test_processes_get_room_for_twice_as_many_and_are_never_taken_away() -> None:
    assert advised(history(hours=30, pids=100), Limits())["pids_limit"].recommended == 224
    assert advised(history(hours=30, pids=3), Limits())["pids_limit"].recommended == 64
    assert "pids_limit" not in advised(history(hours=30, pids=3), Limits(pids=4096))


def test_restarts_and_controllers_come_and_go() -> None:
    found = history(hours=30, memory=40 * MIB)

    again = History.load(found.dump())

    assert recommend(again, Limits(), HOST, NOON).used == recommend(found, Limits(), HOST, NOON).used


sizes = st.integers(1, 2000)


@settings(max_examples=40, deadline=None)
@given(used=sizes, limit=sizes, hours=st.sampled_from([1, 10, 30, 200]), throttled=st.floats(0, 1))
def test_whatever_was_used_the_advice_leaves_room_for_it(used: int, limit: int, hours: int, throttled: float) -> None:
    cores, ceiling = used / 1000, limit / 1000
    found = history(
        hours=hours, memory=used * MIB, limit=limit * MIB, cores=cores, throttled=throttled, every_s=hours * 20
    )

    for one in advised(found, Limits(memory=limit * MIB, cpus=ceiling), Ground()).values():
        if one.field == "mem_limit":
            assert one.recommended >= min(used * MIB * 1.15, limit * MIB)
        if one.field == "cpus":
            assert one.recommended >= min(cores, ceiling)
        if one.current is not None:
            assert abs(one.recommended - one.current) > 0.1 * one.current - 1e-9
            assert one.saving == pytest.approx(one.current - one.recommended, abs=1e-3)


def _starting(number: int) -> Sample:
    return Sample(NOON + timedelta(minutes=number), 60.0, 2.0, 300 * MIB, starting=True)
