"""Address pools that no engine would take are refused where they are written."""

import pytest

from tests.desired_state.texts import problems

NETWORK = """\
apiVersion: ergon/v1
kind: Network
metadata: {name: back}
spec:
  ipam:
    config:
"""


def pools(*lines: str) -> list[str]:
    return problems(NETWORK + "".join(f"      - {line}\n" for line in lines))


@pytest.mark.parametrize(
    "pool",
    [
        "{subnet: 10.1.0.0/16, ip_range: 10.1.5.0/24, gateway: 10.1.0.1, aux_addresses: {router: 10.1.0.2}}",
        "{subnet: 'fd00:1::/64', gateway: 'fd00:1::1'}",
        "{subnet: 10.1.0.5/24}",
    ],
)
def test_pools_that_fit_are_taken(pool: str) -> None:
    assert pools(pool) == []


@pytest.mark.parametrize(
    ("pool", "column", "why"),
    [
        ("{subnet: 10.1.0.0/33}", 18, "'10.1.0.0/33' is not a subnet; write it like 10.1.0.0/24"),
        ("{subnet: 10.1.0.0/24, gateway: 10.2.0.1}", 40, "10.2.0.1 lies outside the subnet 10.1.0.0/24"),
        ("{subnet: 10.1.0.0/24, gateway: 'fd00::1'}", 40, "fd00::1 lies outside the subnet 10.1.0.0/24"),
        ("{subnet: 10.1.0.0/24, gateway: one}", 40, "'one' is not an address"),
        ("{subnet: 10.1.0.0/24, ip_range: 10.1.0.0/16}", 41, "10.1.0.0/16 lies outside the subnet 10.1.0.0/24"),
        ("{subnet: 10.1.0.0/24, ip_range: all}", 41, "'all' is not a range of addresses"),
        ("{gateway: 10.1.0.1}", 19, "10.1.0.1 needs the subnet it lies in beside it"),
        ("{subnet: 10.1.0.0/24, aux_addresses: {nas: 10.1.1.9}}", 52, "10.1.1.9 lies outside the subnet 10.1.0.0/24"),
    ],
)
def test_what_does_not_fit_is_told_at_its_place(pool: str, column: int, why: str) -> None:
    [problem] = pools(pool)

    assert problem.startswith(f"stdin:7:{column}: ")
    assert why in problem


def test_pools_of_one_network_may_not_overlap() -> None:
    [problem] = pools("{subnet: 10.1.0.0/16}", "{subnet: 10.1.9.0/24}")

    assert "10.1.9.0/24 overlaps 10.1.0.0/16" in problem
