"""Networks, and a container's place on them."""

from typing import Any

from desired_state.container_parts import Join
from desired_state.network import NetworkSpec
from engine.bodies import container_body, endpoint_body, network_body
from tests.engine.spec_builders import NEW, OLD, new_of

ON_BOTH = {"networks": {"front": "shop_front", "back": "shop_back"}}


def endpoints_of(api_version: tuple[int, int], fields: dict[str, Any], **given: Any) -> dict[str, Any]:
    config: dict[str, Any] = container_body(new_of(fields, **given), api_version)["NetworkingConfig"]["EndpointsConfig"]
    return config


def test_the_first_network_is_the_containers_mode_and_all_are_joined_in_order() -> None:
    body = container_body(new_of({"networks": ["front", "back"]}, aliases=("web",), **ON_BOTH), NEW)

    assert body["HostConfig"]["NetworkMode"] == "shop_front"
    assert list(body["NetworkingConfig"]["EndpointsConfig"]) == ["shop_front", "shop_back"]


def test_every_network_gets_the_given_aliases_and_its_own() -> None:
    endpoints = endpoints_of(
        NEW, {"networks": {"front": {"aliases": ["site", "web"]}, "back": {}}}, aliases=("web",), **ON_BOTH
    )

    assert endpoints["shop_front"]["Aliases"] == ["web", "site"]
    assert endpoints["shop_back"]["Aliases"] == ["web"]


def test_a_container_with_a_network_mode_joins_nothing() -> None:
    body = container_body(new_of({"network_mode": "host"}), NEW)

    assert body["HostConfig"]["NetworkMode"] == "host"
    assert "NetworkingConfig" not in body


def test_declared_addresses_and_options_are_sent() -> None:
    join = Join(
        ipv4_address="10.0.0.5",
        ipv6_address="fd00::5",
        link_local_ips=["169.254.1.1"],
        driver_opts={"a": "b"},
        mac_address="02:42:ac:11:00:05",
        gw_priority=1,
        interface_name="eth7",
    )

    assert endpoint_body(join, (), NEW) == {
        "IPAMConfig": {"IPv4Address": "10.0.0.5", "IPv6Address": "fd00::5", "LinkLocalIPs": ["169.254.1.1"]},
        "DriverOpts": {"a": "b", "com.docker.network.endpoint.ifname": "eth7"},
        "MacAddress": "02:42:ac:11:00:05",
        "GwPriority": 1,
    }


def test_old_engines_are_not_sent_what_they_do_not_know() -> None:
    join = Join(mac_address="02:42:ac:11:00:05", gw_priority=1, interface_name="eth7")

    assert endpoint_body(join, ("web",), OLD) == {"Aliases": ["web"]}


def test_a_containers_mac_address_is_where_its_engine_looks_for_it() -> None:
    new = new_of({"networks": ["front"], "mac_address": "02:42:ac:11:00:05"}, networks={"front": "shop_front"})

    old, recent = container_body(new, OLD), container_body(new, NEW)

    assert old["MacAddress"] == "02:42:ac:11:00:05"
    assert "MacAddress" not in recent
    assert recent["NetworkingConfig"]["EndpointsConfig"]["shop_front"]["MacAddress"] == "02:42:ac:11:00:05"


def test_links_name_containers_and_belong_to_the_networks_if_there_are_any() -> None:
    fields = {"links": ["db:database"], "external_links": ["redis"]}

    on_network = endpoints_of(NEW, {**fields, "networks": ["front"]}, networks={"front": "f"}, parents={"db": "db-1"})
    on_bridge = container_body(new_of({**fields, "network_mode": "bridge"}, parents={"db": "db-1"}), NEW)["HostConfig"]

    assert on_network["f"]["Links"] == ["db-1:database", "redis:redis"]
    assert on_bridge["Links"] == ["db-1:database", "redis:redis"]


def test_a_network_is_made_with_everything_declared_and_never_twice() -> None:
    spec = NetworkSpec.model_validate(
        {
            "driver": "bridge",
            "driver_opts": {"mtu": "1400"},
            "internal": True,
            "attachable": False,
            "enable_ipv6": True,
            "enable_ipv4": True,
            "labels": {"tier": "back"},
            "ipam": {
                "driver": "default",
                "config": [
                    {
                        "subnet": "10.1.0.0/16",
                        "gateway": "10.1.0.1",
                        "ip_range": "10.1.1.0/24",
                        "aux_addresses": {"router": "10.1.0.2"},
                    }
                ],
            },
        }
    )

    assert network_body("shop_back", spec, {"ergon.dev/kind": "Network"}, NEW) == {
        "Name": "shop_back",
        "CheckDuplicate": True,
        "Driver": "bridge",
        "Options": {"mtu": "1400"},
        "Internal": True,
        "Attachable": False,
        "EnableIPv4": True,
        "EnableIPv6": True,
        "Labels": {"tier": "back", "ergon.dev/kind": "Network"},
        "IPAM": {
            "Driver": "default",
            "Config": [
                {
                    "Subnet": "10.1.0.0/16",
                    "Gateway": "10.1.0.1",
                    "IPRange": "10.1.1.0/24",
                    "AuxiliaryAddresses": {"router": "10.1.0.2"},
                }
            ],
        },
    }
