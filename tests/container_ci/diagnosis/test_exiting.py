"""Who ended a run is read from what Docker saw, never guessed from the exit code alone."""

from datetime import timedelta
from typing import Any

import pytest

from container_ci.diagnosis.counters import Reading
from container_ci.diagnosis.diagnose import diagnose, held_by_verdict
from container_ci.diagnosis.situation import Exit
from observed_state.container import RestartPolicy
from tests.container_ci.diagnosis.scenes import END, START, ended, ends, event, rules, running, top

MIB = 2**20


def test_an_oom_kill_is_told_from_a_kill_by_hand_and_from_a_plain_137() -> None:
    oom = ended(137, oom_killed=True, resources={"Memory": 64 * MIB}, events=[event("oom", 19.9), event("die")])
    hand = ended(137, events=[event("kill", 19.9, signal="9"), event("die")])
    plain = ended(137)

    assert [rules(one) for one in (oom, hand, plain)] == [["oom-killed"], ["killed-by-user"], ["unknown-exit"]]
    assert "64 MiB" in diagnose(oom).findings[0].cause


def test_a_flag_of_an_oom_kill_on_what_still_runs_speaks_of_a_child() -> None:
    assert top(running(oom_killed=True, events=[event("oom", 30)])) == "oom-child"


def test_an_oom_kill_of_a_worker_is_known_from_the_counters() -> None:
    text = "[2026-05-01 12:00:59 +0000] [1] [ERROR] Worker (pid:42) was sent SIGKILL! Perhaps out of memory?"
    reading = Reading(START + timedelta(seconds=60), oom_kills=1)

    assert rules(running(text, readings=[reading])) == ["oom-child"]
    assert rules(running(text, readings=[Reading(START + timedelta(seconds=60), oom_kills=0)])) == []


def test_a_deliberate_stop_is_no_finding_whatever_was_said_before() -> None:
    stop = [event("kill", 19.5, signal="15"), event("stop"), event("die")]
    text = 'Traceback (most recent call last):\n  File "a.py", line 1\nKeyboardInterrupt'

    assert rules(ended(143, events=stop)) == []
    assert rules(ended(0, "ERROR cannot flush: Connection refused", events=stop)) == []
    assert rules(ended(1, text, events=stop)) == []
    assert rules(ended(137, exits=[Exit(137, START, END, deliberate=True)])) == []


def test_a_signal_to_reload_is_no_wish_to_end() -> None:
    assert top(ended(1, events=[event("kill", 5, signal="1")])) == "unknown-exit"


def test_a_stop_that_took_too_long_says_so_and_why() -> None:
    events = [event("kill", 9.9, signal="15"), event("kill", 20, signal="9"), event("die", 20.1)]

    assert rules(ended(137, events=events)) == ["stop-timeout-sigkill"]
    assert rules(ended(137, events=events, argv=("sh", "-c", "node server.js"))) == ["pid1-ignores-sigterm"]
    assert rules(ended(137, events=events, signals=1 << 14)) == ["stop-timeout-sigkill"]
    assert rules(ended(137, events=events, signals=0)) == ["pid1-ignores-sigterm"]
    assert rules(ended(137, events=events, argv=("sleep", "1000"), host={"Init": True})) == ["stop-timeout-sigkill"]


@pytest.mark.parametrize(
    ("code", "text", "rule"),
    [
        (139, "", "segfault"),
        (139, "Segmentation fault (core dumped)", "segfault"),
        (139, "terminate called after throwing an instance of 'std::runtime_error'", "abort-pid1"),
        (
            139,
            (
                'Fatal Python error: Aborted\n\nCurrent thread 0x0 (most recent call first):\n  File "a.py", line '
                "3\nFatal Python error: Segmentation fault"
            ),
            "abort-pid1",
        ),
        (134, "", "abort-pid1"),
        (139, "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory", "node-heap-oom"),
        (
            134,
            (
                "<--- Last few GCs --->\nFATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - "
                "JavaScript heap out of memory"
            ),
            "node-heap-oom",
        ),
        (
            1,
            'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space\n\tat Main.main(Main.java:3)',
            "jvm-heap-oom",
        ),
        (3, "java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory", "jvm-heap-oom"),
    ],
)
def test_an_abort_a_fault_and_a_full_heap_are_told_apart(code: int, text: str, rule: str) -> None:
    assert top(ended(code, text)) == rule


def test_ending_well_at_once_under_a_restart_policy_is_a_mistake_only_when_it_repeats() -> None:
    again = [*ends(0, 0), Exit(0, END - timedelta(seconds=1), END)]

    restarted: dict[str, Any] = {"started_at": again[-1].started_at, "restart_policy": RestartPolicy("always")}

    assert top(ended(0, exits=again, **restarted)) == "clean-exit-restarting"
    assert rules(ended(0)) == []


def test_a_loop_is_explained_by_the_cause_of_its_last_run() -> None:
    text = (
        'Traceback (most recent call last):\n  File "/app/a.py", line 2, in <module>\n    os.environ["TOKEN_URL"]\n'
        "KeyError: 'TOKEN_URL'"
    )
    known, unknown = (diagnose(ended(1, words, exits=ends(1, 1, 1))).findings for words in (text, ""))

    assert [one.rule for one in known] == ["env-missing"]
    assert "restart-loop" in known[0].facts["explains"]
    assert [one.rule for one in unknown] == ["unknown-exit"]


def test_what_is_not_known_is_said_to_be_unknown_with_the_last_lines() -> None:
    (finding,) = diagnose(ended(7, "working\nstill working")).findings

    assert finding.rule == "unknown-exit"
    assert "code 7" in finding.cause
    assert finding.evidence[-1].text == "working\nstill working"
    assert not held_by_verdict(finding)


def test_a_run_that_was_just_restarted_is_explained_by_the_one_before() -> None:
    exits = [Exit(139, START - timedelta(seconds=9), START - timedelta(seconds=1))]

    assert top(running(age_s=5, exits=exits)) == "segfault"
    assert rules(running(age_s=5, exits=exits, health="healthy")) == []
    assert rules(running(age_s=600, exits=exits)) == []
