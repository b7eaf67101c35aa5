"""`Config` of the create body: each declared field under Docker's name, nothing else."""

from typing import Any

import pytest

from engine.bodies import container_body
from tests.engine.spec_builders import NEW, OLD, body_of, host_of, new_of


def test_what_is_not_declared_is_left_to_docker() -> None:
    assert body_of() == {
        "Image": "sha256:abc",
        "HostConfig": {"RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}},
    }


@pytest.mark.parametrize(
    ("field", "value", "name", "sent"),
    [
        ("command", ["serve", "-v"], "Cmd", ["serve", "-v"]),
        ("entrypoint", [], "Entrypoint", []),
        ("working_dir", "/srv", "WorkingDir", "/srv"),
        ("user", "1000:1000", "User", "1000:1000"),
        ("hostname", "web", "Hostname", "web"),
        ("domainname", "example", "Domainname", "example"),
        ("tty", True, "Tty", True),
        ("stdin_open", True, "OpenStdin", True),
        ("stop_signal", "SIGINT", "StopSignal", "SIGINT"),
        ("stop_grace_period", "1.5s", "StopTimeout", 2),
    ],
)
def test_a_declared_field_is_sent(field: str, value: Any, name: str, sent: Any) -> None:
    assert body_of(**{field: value})[name] == sent


def test_a_variable_without_a_value_is_taken_out_of_the_images_environment() -> None:
    assert body_of(environment={"A": "1", "B": None})["Env"] == ["A=1", "B"]


def test_resolved_variables_win_over_declared_ones() -> None:
    new = new_of({"environment": {"A": "1", "TOKEN": None}}, environment={"TOKEN": "t"})

    assert container_body(new, NEW)["Env"] == ["A=1", "TOKEN=t"]


def test_ergons_labels_join_the_declared_ones() -> None:
    new = new_of({"labels": {"tier": "front"}}, labels={"ergon.dev/kind": "Container"})

    assert container_body(new, NEW)["Labels"] == {"tier": "front", "ergon.dev/kind": "Container"}


def test_published_ports_are_exposed_because_docker_publishes_no_others() -> None:
    body = body_of(ports=["127.0.0.1:8080:80", "53/udp"], expose=["9000"])

    assert body["ExposedPorts"] == {"9000/tcp": {}, "80/tcp": {}, "53/udp": {}}
    assert body["HostConfig"]["PortBindings"] == {
        "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}],
        "53/udp": [{"HostIp": "", "HostPort": ""}],
    }


def test_one_port_may_be_published_twice_and_a_range_stays_one() -> None:
    bindings = host_of(ports=["8080-8083:80", "9090:80"])["PortBindings"]

    assert [binding["HostPort"] for binding in bindings["80/tcp"]] == ["8080-8083", "9090"]


def test_a_health_check_counts_in_nanoseconds() -> None:
    check = {"test": ["CMD", "true"], "interval": "1.5s", "timeout": "250ms", "start_period": "1m", "retries": 2}

    assert body_of(healthcheck=check)["Healthcheck"] == {
        "Test": ["CMD", "true"],
        "Interval": 1_500_000_000,
        "Timeout": 250_000_000,
        "StartPeriod": 60_000_000_000,
        "Retries": 2,
    }


def test_a_health_check_may_change_the_images_interval_only() -> None:
    assert body_of(healthcheck={"interval": "5s"})["Healthcheck"] == {"Interval": 5_000_000_000}


def test_a_disabled_health_check_is_none() -> None:
    assert body_of(healthcheck={"disable": True})["Healthcheck"] == {"Test": ["NONE"]}


def test_a_start_interval_is_sent_to_engines_that_know_it() -> None:
    check = {"test": ["CMD", "true"], "start_interval": "1s"}

    assert body_of(NEW, healthcheck=check)["Healthcheck"]["StartInterval"] == 1_000_000_000
    assert "StartInterval" not in body_of(OLD, healthcheck=check)["Healthcheck"]
