"""Recorded cases are whole, small and labelled, and a third is kept from whoever writes rules."""

import pytest

from tests.container_ci.recorded import AREAS, FOLDER, Area, cases, moment

_COMMON = {"title", "software", "how", "held_out", "now", "inspect", "image", "cgroup", "events", "exits", "log"} | {
    "start_error",
    "expect",
    "forbid",
}
_SEEN = _COMMON | {"top", "proc", "elf", "readings", "archive", "neighbours"}
_FIELDS: dict[Area, set[str]] = {
    "discovery": _SEEN,
    "diagnosis": _SEEN,
    "sizing": _COMMON | {"time_scale", "samples"},
}
_LABELS: dict[Area, set[str]] = {
    "discovery": {"services", "supervisor"},
    "diagnosis": {"rule", "also", "hygiene"},
    "sizing": {"enough_data", "recommendations", "also"},
}


@pytest.mark.parametrize("area", AREAS)
def test_every_case_has_every_field(area: Area) -> None:
    odd = {case.name: set(case.data) ^ _FIELDS[area] for case in cases(area) if set(case.data) != _FIELDS[area]}

    assert odd == {}


@pytest.mark.parametrize("area", AREAS)
def test_every_label_is_whole(area: Area) -> None:
    odd = {case.name: set(case.expect) for case in cases(area) if set(case.expect) != _LABELS[area]}

    assert odd == {}


def test_a_case_stays_small() -> None:
    large = {path.name for path in FOLDER.rglob("*.json") if path.stat().st_size > 45_000}

    assert large == set()


def test_docker_times_are_read_to_the_microsecond() -> None:
    assert moment("2026-11-27T20:00:00.123456789Z").microsecond == 123456
    assert moment("2026-11-27T20:00:00Z").microsecond == 0
