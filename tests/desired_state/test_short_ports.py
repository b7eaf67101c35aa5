"""The grammar of published ports."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desired_state.misfits import Misfits
from desired_state.short_ports import ports


@pytest.mark.parametrize(
    ("short", "long"),
    [
        (80, {"target": 80}),
        ("80", {"target": 80}),
        ("8080:80", {"target": 80, "published": "8080"}),
        ("0:80", {"target": 80}),
        ("53:53/udp", {"target": 53, "published": "53", "protocol": "udp"}),
        ("80:80/TCP", {"target": 80, "published": "80"}),
        ("8080-8083:80", {"target": 80, "published": "8080-8083"}),
        ("127.0.0.1:8080:80", {"target": 80, "published": "8080", "host_ip": "127.0.0.1"}),
        ("127.0.0.1::80", {"target": 80, "host_ip": "127.0.0.1"}),
        ("[::1]:8080:80", {"target": 80, "published": "8080", "host_ip": "::1"}),
        ("[::1]::80", {"target": 80, "host_ip": "::1"}),
        ({"target": 80, "published": 8080}, {"target": 80, "published": 8080}),
    ],
)
def test_one_port_has_one_long_form(short: Any, long: dict[str, Any]) -> None:
    assert ports([short]) == [long]


def test_ranges_of_one_length_are_one_port_each() -> None:
    assert ports(["8000-8001:90-91"]) == [{"target": 90, "published": "8000"}, {"target": 91, "published": "8001"}]


def test_the_first_port_of_a_range_keeps_its_index() -> None:
    assert [port["target"] for port in ports(["90-92", "80"])] == [90, 80, 91, 92]


@pytest.mark.parametrize(
    ("short", "advice"),
    [
        ("a:80", "not a port"),
        ("80:70000", "1 to 65535"),
        ("80:0", "port 0"),
        ("90-80:80", "runs backwards"),
        ("80-82:80-81", "differ in length: 3 and 2"),
        ("host:80:80", "not an IP address of this host"),
        ("80/icmp", "tcp, udp or sctp"),
        (True, "not a port"),
        ("", "not a port"),
    ],
)
def test_a_wrong_port_says_what_to_write(short: Any, advice: str) -> None:
    with pytest.raises(Misfits, match=advice):
        ports([short])


def test_every_wrong_port_is_named_by_its_index() -> None:
    with pytest.raises(Misfits) as caught:
        ports(["80", "x", "y"])

    assert [path for path, _ in caught.value.found] == [(1,), (2,)]


@given(st.text())
def test_any_text_is_ports_or_a_misfit(text: str) -> None:
    try:
        found = ports([text])
    except Misfits:
        return

    assert all(1 <= port["target"] <= 65535 for port in found)
