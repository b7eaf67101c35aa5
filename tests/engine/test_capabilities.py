"""What an engine is too old for is known before anything is made."""

from typing import Any

import pytest

from desired_state.network import NetworkSpec
from engine.capabilities import unsupported
from tests.engine.spec_builders import NEW, OLD, spec_of


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"annotations": {"a": "b"}}, "spec.annotations"),
        ({"healthcheck": {"test": ["CMD", "x"], "start_interval": "1s"}}, "spec.healthcheck.start_interval"),
        ({"networks": {"a": {"mac_address": "02:42:ac:11:00:05"}}}, "spec.networks.a.mac_address"),
        ({"networks": {"a": {"gw_priority": 1}}}, "spec.networks.a.gw_priority"),
        ({"networks": {"a": {"interface_name": "eth7"}}}, "spec.networks.a.interface_name"),
        ({"volumes": [{"type": "image", "source": "x", "target": "/x"}]}, "spec.volumes[/x].type"),
        (
            {"volumes": [{"type": "volume", "source": "x", "target": "/x", "volume": {"subpath": "y"}}]},
            "spec.volumes[/x].volume.subpath",
        ),
        (
            {"volumes": [{"type": "bind", "source": "/a:b", "target": "/x"}]},
            "spec.volumes[/x].bind.create_host_path",
        ),
        ({"devices": ["vendor.com/gpu=0"]}, "spec.devices[vendor.com/gpu=0]"),
    ],
)
def test_a_field_of_newer_engines_is_named_with_the_version_it_needs(fields: dict[str, Any], path: str) -> None:
    (refused,) = unsupported(spec_of(**fields), OLD)

    assert refused[0] == path
    assert "this engine speaks 1.41" in refused[1]


def test_nothing_is_unsupported_by_the_newest_engine() -> None:
    spec = spec_of(annotations={"a": "b"}, networks={"a": {"gw_priority": 1}}, platform="linux/amd64", cgroup="host")

    assert unsupported(spec, NEW) == []


def test_a_plain_spec_is_supported_everywhere() -> None:
    assert unsupported(spec_of(ports=["80"], volumes=["/srv:/srv"], networks=["front"]), (1, 24)) == []


def test_networks_have_fields_of_newer_engines_too() -> None:
    spec = NetworkSpec.model_validate({"enable_ipv4": False})

    assert [path for path, _ in unsupported(spec, OLD)] == ["spec.enable_ipv4"]
