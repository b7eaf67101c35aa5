"""Discovery over containers of real software that were recorded, beside the bars that it has to reach."""

from collections.abc import Mapping
from typing import Any

import pytest

from container_ci.discovery.judging import discover
from observed_state.service import Service
from tests.container_ci.discovery.recorded_proc import facts_of
from tests.container_ci.recorded import Case, open_cases

CASES = open_cases("discovery")


def fits(expected: Mapping[str, Any], service: Service) -> bool:
    """Whether a service is what a case expects; `a|b` allows either, `*` anything."""
    told = (("type", service.type), ("status", service.status), ("server", service.server))
    return expected["port"] == service.port and all(_either(expected[name], value) for name, value in told)


def _either(expected: str, value: str) -> bool:
    return expected == "*" or value in expected.split("|")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_recorded_container_runs_what_was_started_in_it(case: Case) -> None:
    discovery = discover(await facts_of(case), case.now)

    missing = [one for one in case.expect["services"] if not any(fits(one, service) for service in discovery.services)]
    assert (missing, len(discovery.services)) == ([], len(case.expect["services"])), discovery.services
    assert discovery.supervisor == case.expect["supervisor"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_without_a_view_of_its_sockets_no_product_is_mistaken_for_another(case: Case) -> None:
    discovery = discover(await facts_of(case, with_proc=False), case.now)

    known = {slug for one in case.expect["services"] for name in ("type", "server") for slug in one[name].split("|")}
    assert {service.type for service in discovery.services} <= known or "*" in known
