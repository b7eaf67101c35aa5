"""Short forms say exactly what the long ones said."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desired_state.container import ContainerSpec
from desired_state.shortening import shortened
from tests.e2e.specs import SPECS

_PORTS = st.fixed_dictionaries(
    {"target": st.integers(1, 65535)},
    optional={
        "published": st.sampled_from(["80", "8000-8010"]) | st.none(),
        "host_ip": st.sampled_from(["127.0.0.1", "::1"]),
        "protocol": st.sampled_from(["tcp", "udp"]),
        "mode": st.just("host"),
    },
)


def declared(**fields: Any) -> dict[str, Any]:
    return ContainerSpec.model_validate({"image": "web", **fields}).declared()


def again(spec: dict[str, Any]) -> dict[str, Any]:
    return ContainerSpec.model_validate(shortened(spec)).declared()


@pytest.mark.parametrize("name", SPECS)
def test_every_spec_reads_back_as_it_was(name: str) -> None:
    spec = declared(**SPECS[name])

    assert again(spec) == spec


@given(_PORTS)
def test_ports_read_back_as_they_were(port: dict[str, Any]) -> None:
    spec = declared(ports=[port])

    assert again(spec) == spec


@pytest.mark.parametrize(
    ("fields", "short"),
    [
        ({"ports": ["127.0.0.1:8080:80", "53/udp", "[::1]::90"]}, ["127.0.0.1:8080:80", "53/udp", "[::1]::90"]),
        ({"volumes": ["data:/data:ro", "/etc/x:/x", "/anonymous"]}, ["data:/data:ro", "/etc/x:/x", "/anonymous"]),
        ({"networks": ["front", "back"]}, ["front", "back"]),
        ({"depends_on": ["db"]}, ["db"]),
        ({"restart": "on-failure:3"}, "on-failure:3"),
        ({"restart": "no"}, "no"),
        ({"mem_limit": "256M"}, "256M"),
        ({"stop_grace_period": "1m30s"}, "90s"),
    ],
)
def test_what_has_a_short_form_is_written_in_it(fields: dict[str, Any], short: Any) -> None:
    [name] = fields

    assert shortened(declared(**fields))[name] == short
