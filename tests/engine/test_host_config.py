"""`HostConfig`: what a container may use, share and do."""

from typing import Any

import pytest

from engine.bodies import container_body
from engine.errors import NotFound
from tests.engine.spec_builders import NEW, OLD, host_of, new_of

MIB = 1 << 20


@pytest.mark.parametrize(
    ("field", "value", "name", "sent"),
    [
        ("privileged", True, "Privileged", True),
        ("cap_add", ["NET_ADMIN"], "CapAdd", ["NET_ADMIN"]),
        ("cap_drop", ["ALL"], "CapDrop", ["ALL"]),
        ("group_add", ["audio"], "GroupAdd", ["audio"]),
        ("read_only", True, "ReadonlyRootfs", True),
        ("init", False, "Init", False),
        ("runtime", "runsc", "Runtime", "runsc"),
        ("sysctls", {"net.core.somaxconn": "1024"}, "Sysctls", {"net.core.somaxconn": "1024"}),
        ("storage_opt", {"size": "10G"}, "StorageOpt", {"size": "10G"}),
        ("shm_size", "128M", "ShmSize", 128 * MIB),
        ("mem_swappiness", 0, "MemorySwappiness", 0),
        ("oom_kill_disable", True, "OomKillDisable", True),
        ("oom_score_adj", -500, "OomScoreAdj", -500),
        ("dns", ["1.1.1.1"], "Dns", ["1.1.1.1"]),
        ("dns_search", ["example"], "DnsSearch", ["example"]),
        ("dns_opt", ["ndots:1"], "DnsOptions", ["ndots:1"]),
        ("extra_hosts", {"db": ["10.0.0.1", "10.0.0.2"]}, "ExtraHosts", ["db:10.0.0.1", "db:10.0.0.2"]),
        ("publish_all_ports", True, "PublishAllPorts", True),
        ("ipc", "shareable", "IpcMode", "shareable"),
        ("pid", "host", "PidMode", "host"),
        ("uts", "host", "UTSMode", "host"),
        ("userns_mode", "host", "UsernsMode", "host"),
        ("cgroup", "private", "CgroupnsMode", "private"),
        ("cgroup_parent", "ergon.slice", "CgroupParent", "ergon.slice"),
        ("ulimits", {"nofile": {"soft": 1, "hard": 2}}, "Ulimits", [{"Name": "nofile", "Soft": 1, "Hard": 2}]),
        ("device_cgroup_rules", ["c 1:3 mr"], "DeviceCgroupRules", ["c 1:3 mr"]),
        (
            "logging",
            {"driver": "json-file", "options": {"max-size": "1m"}},
            "LogConfig",
            {"Type": "json-file", "Config": {"max-size": "1m"}},
        ),
    ],
)
def test_a_declared_field_is_sent(field: str, value: Any, name: str, sent: Any) -> None:
    assert host_of(**{field: value})[name] == sent


def test_limits_have_one_meaning_in_both_of_composes_places() -> None:
    flat = host_of(cpus=0.5, mem_limit="64M", mem_reservation="32M", pids_limit=10)
    deploy = host_of(
        deploy={
            "resources": {"limits": {"cpus": "0.5", "memory": "64M", "pids": 10}, "reservations": {"memory": "32M"}}
        }
    )

    assert flat == deploy
    assert (flat["NanoCpus"], flat["Memory"], flat["MemoryReservation"], flat["PidsLimit"]) == (
        *(500_000_000, 64 * MIB, 32 * MIB),
        10,
    )


def test_swap_is_sent_with_memory_so_that_both_can_grow_later() -> None:
    assert host_of(mem_limit="64M")["MemorySwap"] == 128 * MIB
    assert host_of(mem_limit="64M", memswap_limit=-1)["MemorySwap"] == -1


@pytest.mark.parametrize("restart", ["always", "unless-stopped", "on-failure:3", "no"])
def test_docker_restarts_nothing_that_ergon_restarts(restart: str) -> None:
    assert host_of(restart=restart)["RestartPolicy"] == {"Name": "no", "MaximumRetryCount": 0}


def test_delegated_restarts_are_dockers() -> None:
    restart = {"policy": "delegated", "docker": "on-failure", "attempts": 3}

    assert host_of(restart=restart)["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 3}


def test_unconfined_system_paths_are_paths_not_an_option() -> None:
    host = host_of(security_opt=["systempaths=unconfined", "no-new-privileges"])

    assert (host["MaskedPaths"], host["ReadonlyPaths"]) == ([], [])
    assert host["SecurityOpt"] == ["no-new-privileges"]


def test_annotations_are_sent_to_engines_that_know_them() -> None:
    assert host_of(NEW, annotations={"a": "b"})["Annotations"] == {"a": "b"}
    assert "Annotations" not in host_of(OLD, annotations={"a": "b"})


@pytest.mark.parametrize(("field", "name"), [("network_mode", "NetworkMode"), ("ipc", "IpcMode"), ("pid", "PidMode")])
def test_a_shared_namespace_names_the_container_behind_the_service(field: str, name: str) -> None:
    new = new_of({field: "service:db"}, parents={"db": "f00"})

    assert container_body(new, NEW)["HostConfig"][name] == "container:f00"


def test_a_namespace_of_a_service_without_a_container_is_not_found() -> None:
    with pytest.raises(NotFound, match='"db"'):
        container_body(new_of({"network_mode": "service:db"}), NEW)


def test_devices_are_paths_or_names_of_the_container_device_interface() -> None:
    host = host_of(devices=["/dev/fuse:/dev/fuse:r", "vendor.com/gpu=0"])

    assert host["Devices"] == [{"PathOnHost": "/dev/fuse", "PathInContainer": "/dev/fuse", "CgroupPermissions": "r"}]
    assert host["DeviceRequests"] == [{"Driver": "cdi", "DeviceIDs": ["vendor.com/gpu=0"]}]


def test_gpus_are_requested_by_capability_all_when_no_number_is_given() -> None:
    every = host_of(gpus="all")["DeviceRequests"]
    named = host_of(gpus=[{"driver": "nvidia", "device_ids": ["0"]}])["DeviceRequests"]

    assert every == [{"Count": -1, "Capabilities": [["gpu"]]}]
    assert named == [{"Driver": "nvidia", "DeviceIDs": ["0"], "Capabilities": [["gpu"]]}]


def test_reserved_devices_are_requested_too() -> None:
    reserved = {"resources": {"reservations": {"devices": [{"count": 1, "capabilities": ["gpu"]}]}}}

    assert host_of(deploy=reserved)["DeviceRequests"] == [{"Count": 1, "Capabilities": [["gpu"]]}]


def test_block_io_limits_name_their_device() -> None:
    config = {
        "weight_device": [{"path": "/dev/sda", "weight": 200}],
        "device_read_bps": [{"path": "/dev/sda", "rate": "1M"}],
    }

    host = host_of(blkio_config=config)

    assert host["BlkioWeightDevice"] == [{"Path": "/dev/sda", "Weight": 200}]
    assert host["BlkioDeviceReadBps"] == [{"Path": "/dev/sda", "Rate": MIB}]
