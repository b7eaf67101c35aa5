"""What the profiles deny: every rule by one declaration that breaks it, and none that keeps it."""

from typing import Any

import pytest

from desired_state.privilege_rules import denials
from desired_state.privileges import Allowed, Denial, Host, Profile
from desired_state.resource import KINDS

LINKS = {"/srv/link": "/etc", "/srv/inside": "/srv/data"}
HOST = Host(Allowed(bind_roots=["/srv"]), lambda path: LINKS.get(path, path), ("/run/docker.sock", "/var/lib/ergon"))


def denied(profile: Profile = "baseline", kind: str = "Container", **spec: Any) -> list[Denial]:
    given = {"image": "busybox", **spec} if kind == "Container" else spec
    return denials(KINDS[kind].from_declared(given), profile, HOST)


HARMLESS: list[dict[str, Any]] = [
    {},
    {"cap_add": ["CHOWN", "CAP_NET_BIND_SERVICE"]},
    {"network_mode": "none"},
    {"network_mode": "service:vpn"},
    {"ports": ["8080:80", "80"]},
    {"volumes": ["/srv/shop:/data", "data:/other"]},
    {"volumes": ["/srv/inside:/data"]},
    {"security_opt": ["no-new-privileges", "seccomp=/srv/profile.json"]},
    {"sysctls": {"net.ipv4.tcp_syncookies": "1"}},
    {"gpus": "all"},
]

BROKEN: list[tuple[dict[str, Any], tuple[Any, ...], str]] = [
    ({"privileged": True}, ("privileged",), "privileged"),
    ({"network_mode": "host"}, ("network_mode",), "host namespace"),
    ({"pid": "host"}, ("pid",), "host namespace"),
    ({"ipc": "host"}, ("ipc",), "host namespace"),
    ({"uts": "host"}, ("uts",), "host namespace"),
    ({"userns_mode": "host"}, ("userns_mode",), "host namespace"),
    ({"pid": "container:other"}, ("pid",), "foreign namespace"),
    ({"volumes_from": ["container:other"]}, ("volumes_from", 0), "foreign volumes"),
    ({"cap_add": ["CHOWN", "SYS_ADMIN"]}, ("cap_add", 1), "capability"),
    ({"cap_add": ["cap_net_admin"]}, ("cap_add", 0), "capability"),
    ({"cap_add": ["ALL"]}, ("cap_add", 0), "capability"),
    ({"devices": ["/dev/sda"]}, ("devices", 0), "device"),
    ({"device_cgroup_rules": ["a *:* rwm"]}, ("device_cgroup_rules", 0), "device"),
    ({"security_opt": ["seccomp=unconfined"]}, ("security_opt", 0), "unconfined"),
    ({"security_opt": ["label:disable"]}, ("security_opt", 0), "unconfined"),
    ({"sysctls": {"kernel.core_pattern": "|/x"}}, ("sysctls", "kernel.core_pattern"), "sysctl"),
    ({"cgroup_parent": "/"}, ("cgroup_parent",), "cgroup parent"),
    ({"runtime": "sysbox"}, ("runtime",), "runtime"),
    ({"ports": ["80:80"]}, ("ports", 0), "host port"),
    ({"volumes": ["/:/host"]}, ("volumes", 0), "bind mount"),
    ({"volumes": ["/etc/shadow:/x"]}, ("volumes", 0), "bind mount"),
    ({"volumes": ["/run:/x"]}, ("volumes", 0), "bind mount"),
    ({"volumes": ["/run/docker.sock:/x"]}, ("volumes", 0), "bind mount"),
    ({"volumes": ["/var/lib/ergon/store.db:/x"]}, ("volumes", 0), "bind mount"),
    ({"volumes": ["/opt/app:/x"]}, ("volumes", 0), "bind mount"),
    ({"volumes": ["/srv/link:/x"]}, ("volumes", 0), "bind mount"),
]


@pytest.mark.parametrize("spec", HARMLESS)
def test_what_gives_no_way_out_is_allowed(spec: dict[str, Any]) -> None:
    assert denied(**spec) == []


@pytest.mark.parametrize(("spec", "path", "rule"), BROKEN)
def test_what_reaches_the_host_is_denied_at_its_field(spec: dict[str, Any], path: tuple[Any, ...], rule: str) -> None:
    [denial] = denied(**spec)

    assert (denial.path, denial.rule) == (path, rule)
    assert denial.why
    assert denial.instead


@pytest.mark.parametrize("spec", [spec for spec, _, _ in BROKEN])
def test_the_privileged_profile_denies_nothing(spec: dict[str, Any]) -> None:
    assert denied("privileged", **spec) == []


def test_all_denials_come_at_once() -> None:
    found = denied(privileged=True, pid="host", ports=["80:80"], volumes=["/:/host"])

    assert [denial.rule for denial in found] == ["privileged", "host namespace", "host port", "bind mount"]


@pytest.mark.parametrize(
    ("kind", "spec", "rule"),
    [
        ("Volume", {"driver_opts": {"type": "none", "o": "bind", "device": "/"}}, "volume options"),
        ("Volume", {"driver": "sshfs"}, "volume driver"),
        ("Network", {"driver": "macvlan"}, "network driver"),
        ("Image", {"build": {"context": "/srv/app", "dockerfile": "../../etc/x"}}, "build context"),
        ("Image", {"build": {"context": "/srv/app", "args": {"DB_PASSWORD": "x"}}}, "build argument"),
        ("Config", {"file": "/proc/1/environ"}, "file"),
        ("Secret", {"file": "/var/lib/ergon/x"}, "file"),
    ],
)
def test_other_kinds_have_rules_too(kind: str, spec: dict[str, Any], rule: str) -> None:
    assert {denial.rule for denial in denied(kind=kind, **spec)} == {rule}


def test_restricted_asks_for_good_practice_as_well() -> None:
    rules = [denial.rule for denial in denied("restricted")]

    assert rules == [
        "no new privileges",
        "capabilities",
        "user",
        "read-only root",
        "memory limit",
        "process limit",
        "image digest",
    ]


def test_what_follows_all_of_it_is_allowed() -> None:
    assert (
        denied(
            "restricted",
            image="busybox@sha256:" + "0" * 64,
            security_opt=["no-new-privileges"],
            cap_drop=["ALL"],
            cap_add=["NET_BIND_SERVICE"],
            user="1000:1000",
            read_only=True,
            mem_limit="64m",
            pids_limit=100,
        )
        == []
    )
