"""Limits are judged by what the kernel counted, over time, not by one number."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from container_ci.diagnosis.counters import Reading, reading
from container_ci.diagnosis.diagnose import diagnose
from container_ci.diagnosis.situation import Situation
from observed_state.container import Container
from tests.container_ci.diagnosis.scenes import START, container, ended, rules, running

MIB = 2**20


def readings(memory: Sequence[float], *, every_s: float = 60, limit: int | None = 256) -> Situation:
    found = [
        Reading(START + timedelta(seconds=every_s * (n + 1)), int(size * MIB), limit and limit * MIB)
        for n, size in enumerate(memory)
    ]
    one: Container = container("running", resources={"Memory": limit * MIB} if limit else {})
    return Situation(found[-1].when, one, readings=found)


def test_memory_near_the_limit_counts_when_it_stays_there() -> None:
    assert rules(readings([240, 241, 242])) == ["memory-near-limit"]
    assert rules(readings([100, 241, 242])) == []
    assert rules(readings([240, 241])) == []


def test_the_time_to_the_limit_is_told_while_it_grows() -> None:
    (finding,) = diagnose(readings([232, 236, 240])).findings

    assert finding.facts["seconds_to_limit"] == pytest.approx(240, abs=1)


def test_a_leak_is_a_straight_line_and_no_plateau() -> None:
    grows, settles = [50 + n for n in range(60)], [min(50 + 3 * n, 110) for n in range(60)]
    noise = [80 + (n * 7919 % 23) for n in range(60)]

    assert rules(readings(grows, limit=None)) == ["memory-leak-suspected"]
    assert rules(readings(settles, limit=None)) == []
    assert rules(readings(noise, limit=None)) == []
    assert rules(readings(grows[:20], limit=None)) == []


@pytest.mark.parametrize(("throttled", "found"), [(500, ["cpu-throttled"]), (50, [])])
def test_throttling_is_a_share_of_the_periods(throttled: int, found: list[str]) -> None:
    one = Reading(START + timedelta(seconds=60), periods=1000, throttled=throttled)

    assert rules(running(readings=[one])) == found


def test_throttling_of_long_ago_does_not_count() -> None:
    before = Reading(START + timedelta(seconds=60), periods=1000, throttled=900)
    after = Reading(START + timedelta(seconds=120), periods=2000, throttled=905)

    assert rules(running(age_s=120, readings=[before, after])) == []


def test_both_versions_of_control_groups_are_read_alike() -> None:
    two = {
        "memory.current": "1048576\n",
        "memory.max": "2097152\n",
        "memory.stat": "anon 1\ninactive_file 4096\n",
        "memory.events": "low 0\nmax 3\noom 1\noom_kill 1\n",
        "cpu.stat": "usage_usec 5\nnr_periods 10\nnr_throttled 2\n",
        "pids.current": "4\n",
        "pids.max": "max\n",
        "pids.events": "max 0\n",
    }
    one = {
        "memory/memory.usage_in_bytes": "1048576\n",
        "memory/memory.limit_in_bytes": "2097152\n",
        "memory/memory.stat": "inactive_file 1\ntotal_inactive_file 4096\n",
        "memory/memory.failcnt": "3\n",
        "memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
        "cpu/cpu.stat": "nr_periods 10\nnr_throttled 2\n",
        "pids/pids.current": "4\n",
        "pids/pids.max": "max\n",
        "pids/pids.events": "max 0\n",
    }

    assert reading(one, START) == reading(two, START)
    assert reading(two, START) == Reading(START, 1048576 - 4096, 2097152, 3, 1, 10, 2, 4, None, 0)
    assert reading({"memory.limit_in_bytes": "9223372036854771712"}, START) == Reading(START)


def test_a_full_disk_says_which() -> None:
    text = "OSError: [Errno 28] No space left on device: '/cache/x'"
    causes = [
        diagnose(ended(1, text, host=host)).findings[0].cause
        for host in ({"Tmpfs": {"/cache": "size=1m"}}, {"Binds": ["data:/cache"]}, {})
    ]

    assert ["tmpfs at /cache" in causes[0], "volume at /cache" in causes[1], "own layer" in causes[2]] == [True] * 3


def test_a_read_only_place_says_why_it_is() -> None:
    text = "touch: cannot touch '/data/x': Read-only file system"
    root, mount = (
        diagnose(ended(1, text, host=host)).findings[0]
        for host in ({"ReadonlyRootfs": True}, {"Binds": ["/srv:/data:ro"]})
    )

    assert "root file system" in root.cause
    assert any("mount /data without `ro`" in text for text in mount.advice)


def test_a_pids_limit_is_known_from_the_counter() -> None:
    one = Reading(START + timedelta(seconds=60), pids=64, pids_limit=64, pids_hits=12)

    assert rules(running(readings=[one])) == ["pids-limit"]
