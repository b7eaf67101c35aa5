"""Docker's JSON as values: what engines write differently is one value."""

from datetime import UTC, datetime
from typing import Any

import pytest

from engine import observing
from observed_state.container import Attachment, PublishedPort, RestartPolicy
from observed_state.network import Subnet

ID = "0123456789abcdef" * 4


def inspect_of(**parts: dict[str, Any]) -> dict[str, Any]:
    """Return a small inspect; the parts are laid over `State`, `Config`, `HostConfig` and `NetworkSettings`."""
    inspect: dict[str, Any] = {
        "Id": ID,
        "Name": "/web",
        "Image": "sha256:abc",
        "Created": "2026-01-02T03:04:05.123456789Z",
        "State": {"Status": "running", "Pid": 42, "StartedAt": "0001-01-01T00:00:00Z"},
        "Config": {"Image": "web:1", "Labels": None},
        "HostConfig": {},
        "NetworkSettings": {},
    }
    for part, fields in parts.items():
        inspect[part] = {**inspect[part], **fields}
    return inspect


def frozen_host(**host: Any) -> Any:
    return observing.container(inspect_of(HostConfig=host)).frozen["HostConfig"]


def test_a_container_is_named_without_its_slash() -> None:
    container = observing.container(inspect_of())

    assert (container.id, container.name, container.image, container.image_id) == (ID, "web", "web:1", "sha256:abc")


def test_times_are_utc_and_never_is_none() -> None:
    container = observing.container(inspect_of())

    assert container.created_at == datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)
    assert container.started_at is None


def test_a_time_of_another_zone_is_the_same_moment() -> None:
    assert observing.moment("2026-01-02T05:04:05+02:00") == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("unset", [None, 0, ""])
def test_a_limit_that_is_not_set_is_absent_however_it_is_written(unset: object) -> None:
    container = observing.container(inspect_of(HostConfig={"Memory": unset, "PidsLimit": unset, "CpusetCpus": unset}))

    assert container.resources == {}


def test_unlimited_processes_are_no_limit_but_unlimited_swap_is_a_setting() -> None:
    container = observing.container(inspect_of(HostConfig={"PidsLimit": -1, "MemorySwap": -1}))

    assert container.resources == {"MemorySwap": -1}


@pytest.mark.parametrize("policy", [{}, {"Name": ""}, {"Name": "no", "MaximumRetryCount": 0}, None])
def test_no_restart_policy_has_one_name(policy: Any) -> None:
    assert observing.container(inspect_of(HostConfig={"RestartPolicy": policy})).restart_policy == RestartPolicy("no")


@pytest.mark.parametrize("mode", ["default", "bridge", "", None])
def test_the_default_network_mode_has_one_name(mode: str | None) -> None:
    assert observing.container(inspect_of(HostConfig={"NetworkMode": mode})).network_mode == "bridge"


def test_the_short_id_is_no_alias() -> None:
    endpoint = {"NetworkID": "n1", "Aliases": ["web", ID[:12], "site"], "IPAMConfig": {"IPv4Address": "10.0.0.5"}}

    container = observing.container(inspect_of(NetworkSettings={"Networks": {"front": endpoint}}))

    assert container.networks == {
        "front": Attachment("front", "n1", aliases=("site", "web"), static_ipv4="10.0.0.5"),
    }


def test_ports_are_those_that_answer_in_order() -> None:
    ports = {
        "443/tcp": None,
        "80/tcp": [{"HostIp": "::", "HostPort": "8080"}, {"HostIp": "0.0.0.0", "HostPort": "8080"}],
        "53/udp": [{"HostIp": "127.0.0.1", "HostPort": "53"}],
    }

    container = observing.container(inspect_of(NetworkSettings={"Ports": ports}))

    assert container.ports == (
        PublishedPort(53, "udp", "127.0.0.1", 53),
        PublishedPort(80, "tcp", "0.0.0.0", 8080),
        PublishedPort(80, "tcp", "::", 8080),
    )


def test_the_newest_health_output_is_quoted() -> None:
    health = {"Status": "unhealthy", "Log": [{"Output": "old"}, {"Output": "connection refused\n"}]}

    container = observing.container(inspect_of(State={"Health": health}))

    assert (container.health, container.health_output) == ("unhealthy", "connection refused")


def test_null_empty_and_absent_are_the_same_in_what_is_frozen() -> None:
    assert frozen_host(Binds=None, CapAdd=[], Privileged=False, CgroupParent="", Sysctls={}) == frozen_host()


def test_the_order_of_sets_does_not_matter() -> None:
    one = frozen_host(CapAdd=["CAP_SYS_ADMIN", "NET_ADMIN"], Binds=["/b:/b", "/a:/a"], SecurityOpt=["b", "a"])
    other = frozen_host(CapAdd=["net_admin", "sys_admin"], Binds=["/a:/a", "/b:/b"], SecurityOpt=["a", "b"])

    assert one == other


def test_what_has_a_field_of_its_own_is_not_frozen_too() -> None:
    container = observing.container(
        inspect_of(
            Config={"Labels": {"a": "b"}, "Env": ["B=2", "A=1"]}, HostConfig={"Memory": 1, "NetworkMode": "front"}
        )
    )

    assert container.frozen == {"Config": {"Env": ["A=1", "B=2"]}, "HostConfig": {}}


@pytest.mark.parametrize(
    ("status", "health"),
    [
        ("Up 2 minutes", "none"),
        ("Up 2 minutes (healthy)", "healthy"),
        ("Up 2 minutes (unhealthy)", "unhealthy"),
        ("Up 1 second (health: starting)", "starting"),
        ("Exited (0) 3 minutes ago", "none"),
    ],
)
def test_a_row_of_the_list_tells_health_in_its_status(status: str, health: str) -> None:
    row = {"Id": ID, "Names": ["/web"], "State": "running", "Status": status}

    assert observing.summary(row).health == health


def test_a_row_is_named_by_its_own_name_not_by_links_to_it() -> None:
    row = {"Id": ID, "Names": ["/app/db", "/db-1"], "State": "running", "Created": 0}

    assert observing.summary(row).name == "db-1"


def test_a_network_is_read_with_pools_and_members() -> None:
    network = observing.network(
        {
            "Id": "n1",
            "Name": "front",
            "Driver": "bridge",
            "IPAM": {"Driver": "default", "Config": [{"Subnet": "10.0.0.0/24", "Gateway": "10.0.0.1"}]},
            "Containers": {ID: {"Name": "web"}},
            "Options": None,
            "Labels": None,
        }
    )

    assert network.subnets == (Subnet("10.0.0.0/24", "10.0.0.1"),)
    assert network.containers == {ID: "web"}
    assert network.options == network.labels == {}


def test_an_image_without_a_name_has_none() -> None:
    image = observing.image({"Id": "sha256:abc", "RepoTags": ["<none>:<none>"], "RepoDigests": None, "Config": None})

    assert (image.references, image.digests, image.config) == ((), (), {})


@pytest.mark.parametrize(
    ("action", "verb", "detail"),
    [
        ("start", "start", ""),
        ("health_status: healthy", "health_status", "healthy"),
        ("exec_create: /bin/sh -c true", "exec_create", "/bin/sh -c true"),
    ],
)
def test_an_action_is_a_verb_and_a_detail(action: str, verb: str, detail: str) -> None:
    event = observing.event({"Type": "container", "Action": action, "Actor": {"ID": ID}, "timeNano": 7})

    assert event is not None
    assert (event.action, event.detail, event.actor, event.time_ns) == (verb, detail, ID, 7)


def test_events_about_other_objects_are_none() -> None:
    assert observing.event({"Type": "plugin", "Action": "enable"}) is None


def test_a_process_whose_name_holds_blanks_is_put_together_again() -> None:
    # The daemon cuts the rows of its ps at blanks; the columns are pid, ppid, comm and args.
    rows = [["7", "1", "PM2", "v5.3.0: God PM2 v5.3.0: God Daemon (/root/.pm2)"], ["8", "7", "sh", "sh -c sleep sh"]]

    pm2, shell = observing.processes({"Processes": rows})

    assert (pm2.comm, pm2.args) == ("PM2 v5.3.0: God", "PM2 v5.3.0: God Daemon (/root/.pm2)")
    assert (shell.comm, shell.args) == ("sh", "sh -c sleep sh")


def test_a_process_that_has_ended_is_not_listed() -> None:
    assert observing.processes({"Processes": [["7", "1", "sh", "<defunct>"], ["8", "1", "sh", "[sh] <defunct>"]]}) == []
