"""The lines that say why come first, with what stands around them."""

from datetime import timedelta

from container_ci.logs.grouping import Entry, grouped
from container_ci.logs.relevance import relevant
from container_ci.logs.severity import Severity
from tests.container_ci.logs.lines import NOON, lines_of

CHATTER = "\n".join(f"INFO served request {number} in {number % 7}ms" for number in range(200))


def nothing(_: Entry) -> bool:
    return False


def test_the_first_error_before_the_end_wins_over_its_consequences() -> None:
    story = (
        f"{CHATTER}\n"
        'FATAL: password authentication failed for user "shop"\n'
        "ERROR: worker exiting\n"
        "ERROR: connection closed\n"
        "INFO shutting down"
    )

    entries = grouped(lines_of(story))
    best = relevant(entries, entries[-1].time, nothing).windows[0]

    assert next(line for line in best if line.severity == Severity.FATAL).text.startswith("FATAL: password")


def test_repetitions_are_shown_once_with_their_count() -> None:
    story = "\n".join(["WARN retrying in 1s", *(f"ERROR: refused by 10.0.0.{n}" for n in range(4)), "bye"])

    [window] = relevant(grouped(lines_of(story)), None, nothing).windows

    refused = next(line for line in window if "refused" in line.text)
    assert refused.count > 1
    assert refused.last > refused.first


def test_it_tells_what_was_read_and_by_which_filter() -> None:
    entries = grouped(lines_of(f"{CHATTER}\nERROR: boom"))

    found = relevant(entries, None, nothing)

    assert (found.read, found.since, found.until) == (201, NOON, entries[-1].time)
    assert found.shown < 20
    assert "errors" in found.filter


def test_without_anything_bad_the_end_is_shown() -> None:
    found = relevant(grouped(lines_of(CHATTER)), None, nothing)

    assert found.windows[-1][-1].text.startswith("INFO served request")
    assert "none is bad" in found.filter


def test_what_a_rule_quotes_comes_first() -> None:
    entries = grouped(lines_of(f"ERROR: boom\n{CHATTER}\nstandard_init_linux.go: exec format error"))

    found = relevant(entries, None, lambda entry: "exec format" in entry.text)

    assert any("exec format" in line.text for line in found.windows[0])


def test_nothing_said_is_nothing_shown() -> None:
    found = relevant([], NOON + timedelta(seconds=1), nothing)

    assert (found.windows, found.read, found.since) == ((), 0, None)
