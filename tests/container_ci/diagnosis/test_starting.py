"""What the daemon says when it does not start a container is the cause, in its own words."""

import pytest

from container_ci.diagnosis.diagnose import diagnose, held_by_verdict
from container_ci.diagnosis.situation import Situation
from observed_state.container import PublishedPort
from observed_state.image import Image
from tests.container_ci.diagnosis.scenes import END, container, ended, neighbour, rules, top

RUNC = (
    "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: "
)
SHIM = RUNC + "unable to start container process: "


def refused(error: str, code: int = 127, **given: object) -> Situation:
    one = container("created", code, error=error, started_at=None, finished_at=None, argv=("serve", "--all"))
    return Situation(END, one, **given)  # type: ignore[arg-type]  # fields of a situation


@pytest.mark.parametrize(
    ("error", "rule"),
    [
        (
            (
                "driver failed programming external connectivity on endpoint web (6d): Bind for 0.0.0.0:8080 "
                "failed: port is already allocated"
            ),
            "port-allocated",
        ),
        (
            (
                "driver failed programming external connectivity on endpoint web (6d): Error starting userland "
                "proxy: listen tcp4 0.0.0.0:8080: bind: address already in use"
            ),
            "port-in-use-host",
        ),
        (
            (
                "failed to set up container networking: driver failed programming external connectivity on endpoint "
                "web (6d): failed to bind host port for 0.0.0.0:8080:172.17.0.2:80/tcp: address already in use"
            ),
            "port-in-use-host",
        ),
        (SHIM + 'exec: "serve": executable file not found in $PATH: unknown', "command-not-found"),
        (SHIM + 'exec: "/app/serve": stat /app/serve: no such file or directory: unknown', "command-not-found"),
        (
            (
                "OCI runtime create failed: container_linux.go:380: starting container process caused: exec: "
                '"serve": executable file not found in $PATH: unknown'
            ),
            "command-not-found",
        ),
        (SHIM + 'exec: "/app/serve": permission denied: unknown', "command-not-executable"),
        (SHIM + 'exec: "/app": is a directory: unknown', "command-not-executable"),
        ('invalid mount config for type "bind": bind source path does not exist: /srv/nothing', "mount-source-missing"),
        (
            SHIM + 'error during container init: error mounting "/srv/app.conf" to rootfs at "/etc/app.conf": '
            "mount /srv/app.conf:/etc/app.conf (via /proc/self/fd/6), flags: 0x5000: not a directory: unknown: "
            "Are you trying to mount a directory onto a file (or vice-versa)? "
            "Check if the specified host path exists and is the expected type",
            "mount-file-dir-mismatch",
        ),
        ("unable to find user worker: no matching entries in passwd file", "user-missing"),
        (
            SHIM + 'error during container init: chdir to cwd ("/srv/app") set in config.json failed: '
            "permission denied: unknown",
            "workdir-bad",
        ),
        ("network 5f0 not found", "network-missing"),
        ("endpoint with name web already exists in network shop", "network-missing"),
        ("Address already in use", "network-missing"),
        ("No such image: shop/web:9", "image-missing"),
        ("pull access denied for shop/web, repository does not exist or may require 'docker login'", "image-missing"),
        ('could not select device driver "nvidia" with capabilities: [[gpu]]', "device-or-gpu"),
        (
            'error gathering device information while adding custom device "/dev/ttyUSB0": no such file or directory',
            "device-or-gpu",
        ),
        ("Minimum memory limit allowed is 6MB", "resource-spec-invalid"),
        ("Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available", "resource-spec-invalid"),
        ("mkdir /var/lib/docker/overlay2/6d/merged: no space left on device", "daemon-disk-full"),
    ],
)
def test_a_refusal_names_its_cause_and_is_quoted(error: str, rule: str) -> None:
    (finding,) = diagnose(refused(error)).findings

    assert finding.rule == rule
    assert finding.evidence[0].text in error
    assert finding.confidence >= 0.9
    assert finding.advice


def test_a_port_that_is_taken_names_who_has_it() -> None:
    holder = neighbour("old", ports=(PublishedPort(80, "tcp", "0.0.0.0", 8080),))
    (finding,) = diagnose(
        refused("Bind for 0.0.0.0:8080 failed: port is already allocated", neighbours=[holder])
    ).findings

    assert finding.related == ("shop-old-1",)
    assert "shop-old-1" in finding.cause


def test_a_start_that_was_refused_explains_no_words_of_earlier_runs() -> None:
    situation = ended(127, "KeyError: 'PORT'", error='exec: "serve": executable file not found in $PATH')

    assert top(situation) == "command-not-found"


@pytest.mark.parametrize(
    ("text", "image", "rule"),
    [
        ("exec /app/serve: exec format error", "arm64", "exec-format-platform"),
        ("exec /app/serve: exec format error", "amd64", "exec-format-no-shebang"),
        ("exec /app/serve: no such file or directory", "amd64", "script-crlf-or-interp"),
        ("/usr/bin/env: 'bash\\r': No such file or directory", "amd64", "script-crlf-or-interp"),
    ],
)
def test_what_the_kernel_can_not_execute_is_told_apart(text: str, image: str, rule: str) -> None:
    situation = ended(1, text, image=Image("sha256:1", architecture=image))

    assert rules(situation) == [rule]


def test_what_no_restart_can_mend_is_held_and_a_taken_port_is_not() -> None:
    missing, taken = (
        diagnose(refused(error)).findings[0]
        for error in (
            SHIM + 'exec: "serve": executable file not found in $PATH',
            "Bind for 0.0.0.0:80 failed: port is already allocated",
        )
    )

    assert held_by_verdict(missing)
    assert not held_by_verdict(taken)
