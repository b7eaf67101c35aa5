"""Discovery, diagnosis and sizing reach their bars, on cases that were seen while rules were written and on others."""

import pytest

from tests.container_ci.recorded import AREAS, Area, cases
from tests.container_ci.report.areas import results

_LEAST: dict[Area, int] = {"discovery": 60, "diagnosis": 90, "sizing": 20}


@pytest.mark.parametrize("area", AREAS)
async def test_every_bar_is_reached(area: Area) -> None:
    found = await results(area)

    missed = [figure for figure in (*found.seen, *found.held_out) if not figure.reached]
    assert missed == []


@pytest.mark.parametrize("area", AREAS)
def test_a_third_of_enough_cases_is_held_out(area: Area) -> None:
    held_out = sum(case.held_out for case in cases(area))

    assert len(cases(area)) >= _LEAST[area]
    assert held_out / len(cases(area)) >= 0.3
