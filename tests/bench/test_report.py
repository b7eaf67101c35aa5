"""What is shown of the results."""

import io
import json

from rich.console import Console

from bench import report
from bench.figures import Figure, Measured, Row

FLOOR = Figure("kill -9 to running", 190, "ms", "bare SDK start", 200, 1.10)
MEASURED = Row("recovery", Measured([FLOOR], {"Ergon (ms)": [190.0]}, ["20 kills each"]), 0.5, 1.25)
FAILED = Row("idle", Measured(), 0.5, 0.5, failure="not measured: no engine answers")


def shown(*rows: Row) -> str:
    text = io.StringIO()
    report.show(rows, {"engine": "Docker 28.5"}, Console(file=text, width=report.PLAIN_WIDTH))
    return text.getvalue()


def test_a_line_holds_the_figure_what_is_beside_it_and_the_ratio() -> None:
    (line,) = [line for line in shown(MEASURED).splitlines() if "kill -9" in line]

    cells = [cell.strip() for cell in line.split("  ") if cell.strip()]
    assert cells == [
        "recovery",
        "kill -9 to running",
        "190.0 ms",
        "bare SDK start",
        "200.0 ms",
        "0.95",
        "<= 1.10",
        "ok",
    ]


def test_the_load_before_and_after_each_row_is_shown() -> None:
    assert "recovery: load average 0.50 before, 1.25 after\n  20 kills each" in shown(MEASURED)


def test_a_row_that_failed_says_why_and_hides_no_other() -> None:
    text = shown(FAILED, MEASURED)

    assert "idle: not measured: no engine answers" in text
    assert "kill -9 to running" in text


def test_the_json_has_ratios_verdicts_and_single_samples() -> None:
    (row,) = json.loads(json.dumps(report.as_json([MEASURED], {})))["rows"]

    assert (row["figures"][0]["ratio"], row["figures"][0]["verdict"]) == (0.95, "ok")
    assert row["samples"] == {"Ergon (ms)": [190.0]}
    assert (row["load_before"], row["load_after"]) == (0.5, 1.25)
