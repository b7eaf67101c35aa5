"""A log becomes a short report: what matters, how often, what is new, what was read, and no secret."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from container_ci.logs.asked_span import asked_since
from container_ci.logs.grouping import grouped
from container_ci.logs.learning import Learned, from_json, learn, to_json
from container_ci.logs.patterns import patterns
from container_ci.logs.reading import Reading
from container_ci.logs.redaction import Redactor
from container_ci.logs.report import LogReport, Run, log_report
from container_ci.logs.wording import wording
from engine.protocol import LogLine
from tests.container_ci.logs.lines import NOON, lines_of

PLAIN = Redactor()
MINUTE = timedelta(minutes=1)
REFUSED = "ERROR connection to 10.0.0.7:5432 refused"


def reading(lines: list[LogLine], now: datetime | None = None) -> Reading:
    return Reading(tuple(lines), None, now or (lines[-1].time if lines else NOON), sum(len(one.text) for one in lines))


def reported(lines: list[LogLine], run: Run | None = None, **more: Any) -> LogReport:
    return log_report("web-1", reading(lines, more.pop("now", None)), run or Run(NOON), PLAIN, **more)


def said(text: str, at: datetime, times: int = 1, every: timedelta = timedelta(seconds=1)) -> list[LogLine]:
    return [LogLine("c1", at + every * number, "stderr", text) for number in range(times)]


def test_the_report_counts_what_was_said_by_how_bad_it_is() -> None:
    report = reported(lines_of("INFO started\nWARN slow\nERROR no such file\nERROR no such file\nhello"))

    assert report.counts == {"error": 2, "warning": 1, "info": 1, "unknown": 1}


def test_the_report_says_what_was_read_and_by_which_filter() -> None:
    report = reported(lines_of("INFO started\n" * 40 + "ERROR no such file"))

    assert (report.lines, report.first, report.filter[:6]) == (41, NOON, "errors")
    assert 0 < report.shown < 41


def test_repetitions_are_one_pattern_with_its_count_and_its_span() -> None:
    lines = [
        line
        for port in range(50)
        for line in said(f"ERROR connection to 10.0.0.7:{port} refused", NOON + port * MINUTE)
    ]

    [pattern] = reported(lines).patterns

    assert (pattern.template, pattern.count) == ("ERROR connection to <ip> refused", 50)
    assert (pattern.first, pattern.last) == (NOON, NOON + 49 * MINUTE)


def test_json_lines_are_told_apart_by_their_messages() -> None:
    lines = lines_of('{"level":"error","msg":"disk is full"}\n{"level":"error","msg":"no route to host"}')

    assert {one.template for one in reported(lines).patterns} == {"disk is full", "no route to host"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"msg":"cannot start","err":{"type":"Error","message":"EACCES"}}', "cannot start: EACCES"),
        ('time=x level=error msg="cannot start" err="no such file"', "cannot start: no such file"),
        ("time=x level=error msg=stopped", "stopped"),
        ("{not json", "{not json"),
        ("[1, 2]", "[1, 2]"),
    ],
)
def test_an_entry_is_known_by_its_message(line: str, expected: str) -> None:
    assert wording(grouped(lines_of(line))[0]) == expected


def test_what_the_run_before_died_of_is_shown_while_the_newest_says_nothing_bad() -> None:
    lines = [*said("FATAL no configuration", NOON), *said("INFO started", NOON + MINUTE)]

    report = reported(lines, Run(started_at=NOON + MINUTE))

    assert report.restarted_at == NOON + MINUTE
    assert "before the newest" in report.filter
    assert [line.text for window in report.windows for line in window] == ["FATAL no configuration"]


def test_a_silent_container_has_an_empty_report() -> None:
    report = reported([])

    assert (report.lines, report.windows, report.findings, report.filter) == (0, (), (), "nothing was said")


# What is new


def learnt(until: datetime, *texts: str) -> Learned:
    found = patterns(grouped([line for text in texts for line in said(text, NOON - timedelta(hours=2))]), PLAIN)
    return learn(None, found, NOON - timedelta(hours=3), until)


def test_an_error_that_no_earlier_reading_saw_is_a_finding() -> None:
    before = learnt(NOON, "ERROR disk is slow")

    report = reported(said(REFUSED, NOON + MINUTE, 3), learned=before)

    assert [(one.rule, one.evidence[0].text) for one in report.findings] == [("log-new-error", REFUSED)]


def test_an_error_that_an_earlier_reading_saw_is_none_whatever_its_values() -> None:
    before = learnt(NOON, "ERROR connection to 10.9.9.9:1 refused")

    report = reported(said(REFUSED, NOON + MINUTE, 5), learned=before)

    assert report.findings == ()
    assert report.patterns[0].known_as


def test_one_stray_error_line_is_no_finding_but_a_trace_is() -> None:
    before = learnt(NOON)
    trace = 'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\nKeyError: 1'

    stray = reported(said(REFUSED, NOON + MINUTE), learned=before)
    traced = reported(lines_of(trace, start=NOON + MINUTE), learned=before)

    assert stray.findings == ()
    assert [one.rule for one in traced.findings] == ["log-new-error"]


def test_what_is_said_while_it_starts_is_not_new() -> None:
    report = reported(said(REFUSED, NOON + MINUTE, 30), Run(NOON))

    assert report.findings == ()


def test_an_error_that_begins_long_after_the_start_is_new_without_any_memory() -> None:
    lines = [*said("INFO served", NOON, 60, MINUTE), *said(REFUSED, NOON + 61 * MINUTE, 3)]

    assert [one.rule for one in reported(lines, Run(NOON)).findings] == ["log-new-error"]


def test_what_only_informs_is_never_new() -> None:
    assert reported(said("INFO served", NOON + MINUTE, 50), learned=learnt(NOON)).findings == ()


# What bursts


def steady_then(times: int) -> list[LogLine]:
    steady = said(REFUSED, NOON, 60, 2 * MINUTE)
    return [*steady, *said(REFUSED, NOON + 121 * MINUTE, times)]


def test_an_error_ten_times_as_frequent_as_before_is_a_burst() -> None:
    [finding] = reported(steady_then(100)).findings

    assert finding.rule == "log-burst"
    assert finding.facts["usual_per_minute"] == pytest.approx(0.5, rel=0.1)


def test_an_error_at_its_usual_rate_is_no_burst() -> None:
    assert reported(steady_then(4)).findings == ()


def test_many_errors_are_no_burst_while_nobody_knows_what_is_usual() -> None:
    assert reported(said("WARN slow", NOON, 500)).findings == ()


def test_what_was_learnt_serves_as_the_usual_rate() -> None:
    before = learnt(NOON, *[REFUSED] * 10)

    report = reported(said(REFUSED, NOON + MINUTE, 200, timedelta(milliseconds=500)), learned=before)

    assert [one.rule for one in report.findings] == ["log-burst"]


# What is remembered


def test_what_was_learnt_survives_as_json() -> None:
    before = learnt(NOON, REFUSED, "FATAL gone")

    assert from_json(to_json(before)) == before


@pytest.mark.parametrize("broken", [None, {}, {"since": 1}, {"since": "x", "until": "y", "errors": []}])
def test_what_cannot_be_read_is_not_remembered(broken: dict[str, Any] | None) -> None:
    assert from_json(broken) is None


def test_only_errors_are_remembered_and_no_more_than_a_hundred() -> None:
    words = [f"{first}{second}" for first in "abcdefghijklmno" for second in "pqrstuvwxyz"]
    lines = [
        line
        for number, word in enumerate(words)
        for line in said(f"ERROR {word} {word} {word}x", NOON + number * MINUTE)
    ]
    found = patterns(grouped([*lines, *said("INFO fine", NOON)]), PLAIN)

    learned = learn(None, found, NOON, NOON + 200 * MINUTE)

    assert len(learned.errors) == 100
    assert learned.errors[0].last == lines[-1].time


def test_a_secret_is_neither_shown_nor_learnt() -> None:
    redactor = Redactor({"DB_PASSWORD": "tr0ub4dor&3xyz"})
    lines = said("FATAL login with tr0ub4dor&3xyz refused", NOON + MINUTE, 3)
    before = learnt(NOON)

    report = log_report("web-1", reading(lines), Run(NOON), redactor, learned=before)
    remembered = to_json(learn(before, report.patterns, NOON, NOON))

    assert report.findings
    assert "ub4dor" not in f"{report}{remembered}"


def test_a_key_over_many_lines_is_one_secret() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKC\nAQEAxyz\n-----END RSA PRIVATE KEY-----\nERROR bad key"

    shown = str(reported(lines_of(key)))

    assert "MIIE" not in shown
    assert "AQEA" not in shown
    assert "bad key" in shown


# Since when


@pytest.mark.parametrize(
    ("words", "before"),
    [
        ("since 10m", timedelta(minutes=10)),
        ("--since 2h", timedelta(hours=2)),
        ("--since=90s", timedelta(seconds=90)),
        ("of the last hour", timedelta(hours=1)),
        ("errors in the past 3 days", timedelta(days=3)),
        ("since 2026-05-01T11:00:00Z", timedelta(hours=1)),
        ("since 2026-05-01 11:30", timedelta(minutes=30)),
    ],
)
def test_a_question_names_since_when_it_asks(words: str, before: timedelta) -> None:
    assert asked_since(words.split(), NOON) == NOON - before


@pytest.mark.parametrize("words", ["", "errors", "since", "since 2026-99-99", "last line", "since yesterday"])
def test_a_question_may_name_no_time(words: str) -> None:
    assert asked_since(words.split(), NOON) is None
