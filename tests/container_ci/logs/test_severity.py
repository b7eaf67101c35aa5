"""A line is as bad as it says, and no worse for a word in it."""

import pytest

from container_ci.logs.grouping import grouped
from container_ci.logs.severity import Severity, severity
from tests.container_ci.logs.lines import lines_of

SAID = {
    Severity.FATAL: (
        '2026-05-01 12:00:00.000 UTC [1] FATAL:  password authentication failed for user "shop"',
        "2026/05/01 12:00:00 [emerg] 1#1: bind() to 0.0.0.0:80 failed (98: Address already in use)",
        '{"level":"fatal","msg":"no config"}',
        '{"level":60,"msg":"no config"}',
        "level=fatal msg=x",
        "F0501 12:00:00.000000       1 main.go:3] no config",
        "CRITICAL: out of disk",
        "Segmentation fault (core dumped)",
        "2026-05-01 12:00:00.000 UTC [1] PANIC:  could not locate a valid checkpoint record",
    ),
    Severity.ERROR: (
        "ERROR:    [Errno 98] Address already in use",
        '2026-05-01T12:00:00Z error: relation "orders" does not exist',
        '{"time":"x","severity":"ERROR","message":"boom"}',
        '{"level":50,"msg":"boom"}',
        'time="x" level=error msg="boom"',
        "E0501 12:00:00.000000       1 main.go:3] boom",
        "<3>boom",
        "2026-05-01 12:00:00 0 [ERROR] InnoDB: Unable to lock ./ibdata1",
        "[error] 12#12: *3 connect() failed (111: Connection refused)",
        "npm ERR! missing script: start".replace("ERR!", "ERR"),
        "Failed to load module",
        "connect: connection refused",
        "2026-05-01 12:00:00,000 - app - ERROR - boom",
    ),
    Severity.WARNING: (
        "1:C 01 May 2026 12:00:00.000 # WARNING overcommit_memory is set to 0!",
        "WARN  retrying",
        "level=warning msg=slow",
        "2026-05-01 12:00:00 [Warning] Aborted connection",
        '{"level":"warn","msg":"x"}',
        "W0501 12:00:00.000000       1 main.go:3] slow",
    ),
    Severity.INFO: (
        "INFO:     Application startup complete.",
        "2026-05-01 12:00:00.000 UTC [1] LOG:  database system is ready to accept connections",
        "1:M 01 May 2026 12:00:00.000 * Ready to accept connections",
        '{"level":"info","msg":"failed 3 times so far, going on"}',
        "INFO 0 errors, 2 failures ignored",
        "2026/05/01 12:00:00 [notice] 1#1: start worker processes",
    ),
    Severity.UNKNOWN: (
        "0 errors",
        "no error",
        "finished without errors",
        "errors: 0",
        "error_rate=0",
        "GET /error.html 200",
        "ErrorHandler registered",
        "failed=0 passed=12",
        '10.0.0.1 - - [01/May/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 12',
        "listening on :8080",
        "No failures so far",
    ),
}


@pytest.mark.parametrize(("line", "level"), [(line, level) for level, lines in SAID.items() for line in lines])
def test_a_line_is_as_bad_as_it_says(line: str, level: Severity) -> None:
    [entry] = grouped(lines_of(line))

    assert severity(entry) == level


def test_a_trace_is_an_error_whatever_its_first_line_says() -> None:
    [entry] = grouped(lines_of("INFO request failed\n    at run (/app/x.js:1:2)"))

    assert severity(entry) == Severity.ERROR


def test_going_to_stderr_is_no_error() -> None:
    [entry] = grouped(lines_of("Uvicorn running on http://127.0.0.1:8000", "stderr"))

    assert severity(entry) == Severity.UNKNOWN
