"""Networks and volumes on a real engine: changed, replaced, lost, shared and made anew."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from docker.errors import APIError

from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon, wait_for

pytestmark = pytest.mark.docker

POOLS = [
    {
        "subnet": "10.213.0.0/16",
        "ip_range": "10.213.7.0/24",
        "gateway": "10.213.7.1",
        "aux_addresses": {"router": "10.213.7.2"},
    },
    {"subnet": "fd00:213::/64"},
]
EVERY_OPTION: dict[str, Any] = {
    "driver": "bridge",
    "driver_opts": {"com.docker.network.bridge.enable_icc": "false"},
    "ipam": {"driver": "default", "config": POOLS},
    "internal": True,
    "attachable": True,
    "enable_ipv6": True,
    "labels": {"org.example.tier": "back"},
}


def test_a_network_that_changes_is_replaced_and_its_containers_stay(ergon: Ergon, hands: Hands, image: str) -> None:
    web = ergon.container("web", image, networks=["back"], replicas=2)
    ergon.apply(ergon.network("back"), web)
    ergon.settle()
    names = hands.names(ergon.namespace)
    before = {name: lasting_but_networks(hands, name) for name in names}

    changed = ergon.network("back", **EVERY_OPTION)
    planned = ergon.ask("plan", documents=[changed])["changes"]
    [change] = [one for one in planned if one["kind"] == "Network"]
    ergon.apply(changed, web)
    wait_for(lambda: ergon.is_settled() and seen(hands, ergon).get("Internal"), "the network to follow")

    made = hands.api.inspect_network(f"{ergon.namespace}_back")
    assert (change["action"], change["fields"][-1]["observed"]) == ("replace", names)
    assert (made["Internal"], made["Attachable"], made["EnableIPv6"]) == (True, True, True)
    assert [pool["Subnet"] for pool in made["IPAM"]["Config"]] == ["10.213.0.0/16", "fd00:213::/64"]
    assert {name: lasting_but_networks(hands, name) for name in names} == before
    assert {hands.lasting(name)["networks"][f"{ergon.namespace}_back"] for name in names} == {made["Id"]}
    assert ergon.diff("--live").code == 0


def test_a_lost_record_is_found_again_and_still_sees_changes(ergon: Ergon, hands: Hands, image: str) -> None:
    web = ergon.container("web", image, networks=["back"], volumes=["data:/data"])
    ergon.apply(ergon.network("back", **EVERY_OPTION), ergon.volume("data", labels={"a": "b"}), web)
    ergon.settle()
    before = hands.lasting(f"{ergon.namespace}-web-1")
    ergon.kill()
    with closing(sqlite3.connect(ergon.state_dir / "ergon.db")) as store, store:
        store.execute("DELETE FROM instances WHERE kind IN ('Network', 'Volume')")

    ergon.start_and_wait()
    ergon.settle()
    assert hands.lasting(f"{ergon.namespace}-web-1") == before

    ergon.apply(ergon.network("back", internal=True), ergon.volume("data", labels={"a": "c"}), web)
    wait_for(lambda: seen(hands, ergon).get("Attachable") is False, "the network to follow")
    ergon.wait_until("data", reason="NotHonoured")


def test_a_container_taken_off_the_default_bridge_is_put_back(ergon: Ergon, hands: Hands, image: str) -> None:
    ergon.apply(ergon.container("web", image, network_mode="bridge"))
    ergon.settle()
    web = f"{ergon.namespace}-web-1"

    hands.api.disconnect_container_from_network(web, "bridge")
    wait_for(lambda: "bridge" in hands.lasting(web)["networks"], "the bridge")

    ergon.settle()
    drifted = ergon.run("events", "web", "-n", ergon.namespace).stdout
    assert "bridge: disconnected, should be connected" in drifted


def test_who_shares_a_network_shares_it_again_after_its_owner_crashed(ergon: Ergon, hands: Hands, image: str) -> None:
    vpn, web = f"{ergon.namespace}-vpn-1", f"{ergon.namespace}-web-1"
    ergon.apply(
        ergon.network("inside"),
        ergon.container("vpn", image, networks=["inside"]),
        ergon.container("web", image, network_mode="service:vpn", stop_grace_period="1s"),
    )
    ergon.settle()
    before = hands.inspect(web)["Id"]

    hands.kill_process(vpn)
    wait_for(lambda: interfaces(hands, web) == ["eth0", "lo"] and ergon.is_settled(), "the shared network")

    assert hands.inspect(web)["Id"] == before
    assert hands.inspect(web)["State"]["StartedAt"] > hands.inspect(vpn)["State"]["StartedAt"]


def test_a_volume_is_made_anew_by_a_persons_word_alone(ergon: Ergon, hands: Hands, image: str) -> None:
    data = f"{ergon.namespace}_data"
    web = ergon.container("web", image, networks=["inside"], volumes=["data:/data"], stop_grace_period="1s")
    ergon.apply(ergon.network("inside"), ergon.volume("data", labels={"a": "b"}), web)
    ergon.settle()
    hands.said(f"{ergon.namespace}-web-1", "sh", "-c", "echo kept > /data/file")
    ergon.apply(ergon.network("inside"), ergon.volume("data", labels={"a": "c"}), web)
    told = ergon.wait_until("data", reason="NotHonoured")

    refused = ergon.run("volume", "recreate", "data", "-n", ergon.namespace)
    assert hands.said(f"{ergon.namespace}-web-1", "cat", "/data/file") == "kept\n"
    done = ergon.run("volume", "recreate", "data", "-n", ergon.namespace, "--yes")
    wait_for(lambda: labels_of(hands, data).get("a") == "c" and ergon.is_settled(), "the new volume")

    assert "ergon volume recreate data" in told["message"]
    assert (refused.code, done.code) == (1, 0), done.stderr
    assert "No such file" in hands.said(f"{ergon.namespace}-web-1", "cat", "/data/file")


def lasting_but_networks(hands: Hands, name: str) -> dict[str, Any]:
    return {field: value for field, value in hands.lasting(name).items() if field != "networks"}


def seen(hands: Hands, ergon: Ergon) -> dict[str, Any]:
    """Return the network as Docker lists it; nothing while it is away."""
    return next((one for one in hands.api.networks() if one["Name"] == f"{ergon.namespace}_back"), {})


def interfaces(hands: Hands, container: str) -> list[str]:
    try:
        return sorted(hands.said(container, "busybox", "ls", "/sys/class/net").split())
    except APIError:
        return []  # it does not run at this moment


def labels_of(hands: Hands, volume: str) -> dict[str, str]:
    found = hands.api.volumes(filters={"name": volume})["Volumes"] or [{}]
    return dict(found[0].get("Labels") or {})
