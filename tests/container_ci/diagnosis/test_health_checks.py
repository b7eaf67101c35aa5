"""A failing health check is told apart from a failing service."""

import pytest

from container_ci.diagnosis.situation import Check
from tests.container_ci.diagnosis.scenes import listens, rules, running

ASKS = {"Healthcheck": {"Test": ["CMD-SHELL", "curl -f http://localhost:8000/health"]}}


@pytest.mark.parametrize(
    ("check", "found"),
    [
        (Check("/bin/sh: 1: curl: not found", 127), "healthcheck-command-missing"),
        (
            Check(
                'OCI runtime exec failed: exec failed: unable to start container process: exec: "wget": '
                "executable file not found in $PATH: unknown",
                -1,
            ),
            "healthcheck-command-missing",
        ),
        (Check("Health check exceeded timeout (3s)", -1), "healthcheck-timeout"),
        (Check("curl: (7) Failed to connect to localhost port 8000: Connection refused", 7), "healthcheck-wrong-port"),
        (Check("", 7), "healthcheck-wrong-port"),
        (Check("curl: (22) The requested URL returned error: 404", 22), "healthcheck-http-status"),
        (Check("wget: server returned error: HTTP/1.1 503 Service Unavailable", 1), "healthcheck-http-status"),
        (Check("broken", 1), "unhealthy-not-restarted"),
    ],
)
def test_the_answer_of_the_check_names_the_cause(check: Check, found: str) -> None:
    assert rules(running(health="unhealthy", config=ASKS, checks=[check], discovery=listens(9000))) == [found]


def test_a_failed_answer_of_a_healthy_container_is_no_finding() -> None:
    assert rules(running(health="healthy", config=ASKS, checks=[Check("curl: not found", 127)])) == []


def test_a_cause_in_the_log_explains_the_failing_check() -> None:
    check = Check("curl: (22) The requested URL returned error: 500", 22)
    text = "ERROR sqlite3.OperationalError: no such table: users"

    assert rules(running(text, health="unhealthy", checks=[check])) == ["migration-pending"]


def test_a_check_that_begins_before_the_service_is_ready_is_too_early() -> None:
    check = Check("starting", 1)
    early = listens(8000, status="starting")

    assert rules(running(health="unhealthy", checks=[check], discovery=early))[0] == "healthcheck-too-early"
