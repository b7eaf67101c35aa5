"""Every short form becomes one long form."""

from typing import Any

import pytest
from pydantic import ValidationError

from desired_state.container import ContainerSpec


def canonical(field: str, value: Any) -> Any:
    return ContainerSpec.model_validate({"image": "x", field: value}).declared()[field]


@pytest.mark.parametrize(
    ("field", "short", "long"),
    [
        ("command", 'echo "a b" c', ["echo", "a b", "c"]),
        ("command", ["sleep", 10], ["sleep", "10"]),
        ("command", "", []),
        ("entrypoint", "/bin/sh -c 'exit 3'", ["/bin/sh", "-c", "exit 3"]),
        ("environment", ["A=1", "B=x=y", "C"], {"A": "1", "B": "x=y", "C": None}),
        ("environment", {"A": 1, "B": True, "C": None, "D": 1.5}, {"A": "1", "B": "true", "C": None, "D": "1.5"}),
        ("labels", ["a=1", "b"], {"a": "1", "b": ""}),
        ("labels", {"a": None, "b": False}, {"a": "", "b": "false"}),
        ("sysctls", {"net.core.somaxconn": 1024}, {"net.core.somaxconn": "1024"}),
        ("env_file", "a.env", [{"path": "a.env"}]),
        (
            "env_file",
            ["a.env", {"path": "b.env", "required": False}],
            [{"path": "a.env"}, {"path": "b.env", "required": False}],
        ),
        ("depends_on", ["db"], {"db": {"condition": "service_started"}}),
        ("networks", ["front"], {"front": {}}),
        ("networks", {"front": None, "back": {"aliases": ["a"]}}, {"front": {}, "back": {"aliases": ["a"]}}),
        ("extra_hosts", ["db:10.0.0.1", "v6=[::1]", "db=10.0.0.2"], {"db": ["10.0.0.1", "10.0.0.2"], "v6": ["::1"]}),
        ("extra_hosts", {"gate": "host-gateway"}, {"gate": ["host-gateway"]}),
        ("expose", [80, "90-91/udp"], ["80", "90/udp", "91/udp"]),
        ("secrets", ["cert"], [{"source": "cert"}]),
        ("configs", [{"source": "c", "uid": 103, "mode": "0440"}], [{"source": "c", "uid": "103", "mode": 0o440}]),
        ("devices", ["/dev/a"], [{"source": "/dev/a", "target": "/dev/a", "permissions": "rwm"}]),
        ("devices", ["/dev/a:/dev/b:r"], [{"source": "/dev/a", "target": "/dev/b", "permissions": "r"}]),
        ("devices", ["vendor.com/gpu=0"], [{"source": "vendor.com/gpu=0"}]),
        ("gpus", "all", [{"capabilities": ["gpu"], "count": -1}]),
        (
            "ulimits",
            {"nofile": 1024, "nproc": {"soft": 1, "hard": 2}},
            {"nofile": {"soft": 1024, "hard": 1024}, "nproc": {"soft": 1, "hard": 2}},
        ),
        (
            "healthcheck",
            {"test": "curl localhost", "interval": "1m30s"},
            {"test": ["CMD-SHELL", "curl localhost"], "interval": 90.0},
        ),
        ("healthcheck", {"test": ["CMD", "true"]}, {"test": ["CMD", "true"]}),
        ("restart", "no", {"policy": "never"}),
        ("restart", False, {"policy": "never"}),
        ("restart", {"policy": "no"}, {"policy": "never"}),
        ("restart", "on-failure:3", {"policy": "on-failure", "attempts": 3}),
        ("cpus", "0.5", 0.5),
        ("cpu_period", "50ms", 50_000),
        ("cpu_quota", "25000", 25_000),
        ("mem_limit", "1.5G", 3 << 29),
        ("tmpfs", "/run", ["/run"]),
        ("group_add", ["audio", 1000], ["audio", "1000"]),
        ("user", 1000, "1000"),
        ("stop_grace_period", "1m30s", 90.0),
        ("stop_grace_period", "2.50", 2.5),
        (
            "logging",
            {"driver": "json-file", "options": {"max-file": 3}},
            {"driver": "json-file", "options": {"max-file": "3"}},
        ),
    ],
)
def test_a_short_form_is_its_long_form(field: str, short: Any, long: Any) -> None:
    assert canonical(field, short) == long


@pytest.mark.parametrize(
    ("field", "value", "advice"),
    [
        ("command", 'echo "a', "a quote is not closed"),
        ("environment", ["=1"], "no name before the ="),
        ("environment", {"A": [1]}, "string"),
        ("extra_hosts", ["db"], "write it like db=10.0.0.5"),
        ("extra_hosts", ["db=nowhere"], "not an IP address"),
        ("expose", ["80/ip"], "write it like 80 or 53/udp"),
        ("devices", ["/dev/a:/dev/b:rx"], "write it like /dev/ttyUSB0"),
        ("healthcheck", {"test": ["curl", "x"]}, "starts with NONE, CMD or CMD-SHELL"),
        ("cpus", "half", "write it like 0.5"),
        ("cpus", float("nan"), "write a number of processors"),
        ("restart", "always:3", "only on-failure takes a number"),
        ("ulimits", {"nofile": {"soft": 2, "hard": 1}}, "above the hard limit"),
        ("secrets", [{"source": "s", "mode": "999"}], "write it in octal like 0440"),
        ("mem_limit", "1e309", "write it like 512k"),
        ("stop_grace_period", "soon", "write it like 10s"),
    ],
)
def test_a_wrong_short_form_says_what_to_write(field: str, value: Any, advice: str) -> None:
    with pytest.raises(ValidationError, match=advice):
        canonical(field, value)
