"""Probes of all kinds, and what their verdicts and those on crashes lead to, on a real engine."""

import shutil
from typing import Any

import pytest

from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon, Json, wait_for

pytestmark = pytest.mark.docker

OFF: Json = {"network_mode": "none", "stop_grace_period": "0s"}
OFTEN: Json = {"interval": "200ms", "timeout": "5s", "failure_threshold": 2}
# A Debian program from the machine, in a container that has nothing of its own.
REDIS = shutil.which("redis-server")
FROM_THE_MACHINE = [f"{path}:{path}:ro" for path in ("/usr", "/lib", "/lib64", "/etc")]


def shell(text: str) -> list[str]:
    return ["sh", "-c", text]


def test_a_container_is_ready_when_its_command_says_so_and_its_log_did(ergon: Ergon, image: str) -> None:
    begins = shell("sleep 1; echo now serving; : > /tmp/ready; sleep 1000")
    probes = {
        "startup": {"log": "now .erving", **OFTEN, "failure_threshold": 100},
        "readiness": {"exec": "cat /tmp/ready", **OFTEN},
    }
    ergon.apply(ergon.container("web", image, command=begins, probes=probes, **OFF))

    early = ergon.wait_until("web", running=1)
    ergon.wait_until("web", ready=True, restarts=0)

    assert early["ready"] is False


def test_readiness_takes_a_replica_out_and_liveness_restarts_it(ergon: Ergon, hands: Hands, image: str) -> None:
    alive = shell(": > /tmp/alive; : > /tmp/ready; trap 'exit 0' TERM; while :; do sleep 1 & wait $$!; done")
    probes = {"readiness": {"exec": "cat /tmp/ready", **OFTEN}, "liveness": {"exec": "cat /tmp/alive", **OFTEN}}
    ergon.apply(ergon.container("web", image, command=alive, probes=probes, **OFF))
    ergon.wait_until("web", ready=True)

    hands.said(f"{ergon.namespace}-web-1", "busybox", "rm", "/tmp/ready")
    out = ergon.wait_until("web", ready=False)
    hands.said(f"{ergon.namespace}-web-1", "busybox", "rm", "/tmp/alive")
    again = ergon.wait_until("web", ready=True, restarts=1)

    assert (out["running"], out["restarts"]) == (1, 0)
    assert again["ready"] is True


@pytest.mark.skipif(REDIS is None, reason="needs Debian's redis-server")
def test_a_database_is_ready_when_it_answers_in_its_own_protocol(ergon: Ergon, image: str) -> None:
    spec: dict[str, Any] = {
        "command": [str(REDIS), "--port", "6380", "--protected-mode", "no", "--save", ""],
        "volumes": FROM_THE_MACHINE,
        "probes": {"readiness": {"redis": 6380, **OFTEN}},
    }
    wrong = {**spec, "probes": {"readiness": {"postgres": 6380, **OFTEN, "timeout": "500ms"}}}
    ergon.apply(ergon.container("db", image, **spec), ergon.container("other", image, **wrong))

    ergon.wait_until("db", ready=True)
    told = wait_for(
        lambda: next((row for row in [ergon.resources()["other"]] if "postgres at" in row["message"]), None),
        "the other to be told",
    )

    assert "no answer within 0.5 s" in told["message"]


def test_a_published_port_is_tried_from_the_host(ergon: Ergon, image: str) -> None:
    ergon.apply(ergon.container("web", image, command=["httpd", "-f", "-p", "80"], ports=["127.0.0.1::80"]))

    def reachable() -> Json | None:
        conditions = ergon.resources()["web"]["conditions"]
        return next((one for one in conditions if one["type"] == "PortsReachable"), None)

    assert wait_for(reachable, "the port to be tried")["status"] == "True"


def test_a_run_that_can_only_end_the_same_way_is_held_and_its_words_are_kept(
    ergon: Ergon, hands: Hands, image: str
) -> None:
    crashes = shell('echo starting; set -u; echo "$$DATABASE_URL"')
    ergon.apply(ergon.container("web", image, command=crashes, **OFF))

    held = ergon.wait_until("web", phase="Held", reason="env-missing")
    # The newest run, too, is looked into before its container is gone.
    wait_for(lambda: "starting" in ergon.run("logs", "web", "-n", ergon.namespace, "--previous").stdout, "its words")
    ergon.apply(ergon.container("web", image, **OFF))
    ergon.wait_until("web", ready=True)
    said = ergon.run("logs", "web", "-n", ergon.namespace, "--previous")

    assert "DATABASE_URL" in held["message"]
    assert "starting" in said.stdout
    assert "ended: exit" in said.stdout
    assert "env-missing" in ergon.run("why", "web", "-n", ergon.namespace).stdout
