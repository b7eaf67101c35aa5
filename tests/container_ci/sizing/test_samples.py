"""Counters read from control groups, and what two readings say."""

from datetime import timedelta
from pathlib import Path

import pytest

from container_ci.sizing import cgroups
from container_ci.sizing.samples import beginning, sample
from observed_state.usage import Counters
from tests.container_ci.sizing.used import MIB, NOON

ID = "3f2a91c0d4e7" + "0" * 52


@pytest.mark.parametrize("joint", [True, False], ids=["cpu,cpuacct", "apart"])
def test_version_1_is_read(tmp_path: Path, joint: bool) -> None:
    cpu = "cpu,cpuacct" if joint else "cpu"
    accounting = "cpu,cpuacct" if joint else "cpuacct"
    rows = [f"4:memory:/docker/{ID}", f"2:{cpu}:/docker/{ID}", f"3:pids:/docker/{ID}", "0::/"]
    rows += [] if joint else [f"1:cpuacct:/docker/{ID}"]
    _write(tmp_path / "proc/77/cgroup", "\n".join(rows))
    root = tmp_path / "cgroup"
    _write(root / f"memory/docker/{ID}/memory.usage_in_bytes", "104857600\n")
    _write(root / f"memory/docker/{ID}/memory.limit_in_bytes", "9223372036854771712\n")
    _write(root / f"memory/docker/{ID}/memory.stat", "cache 40\ntotal_inactive_file 4857600\n")
    _write(root / f"memory/docker/{ID}/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n")
    _write(root / f"memory/docker/{ID}/memory.failcnt", "12\n")
    _write(root / f"{cpu}/docker/{ID}/cpu.stat", "nr_periods 10\nnr_throttled 4\nthrottled_time 7\n")
    _write(root / f"{accounting}/docker/{ID}/cpuacct.usage", "5000000000\n")
    _write(root / f"pids/docker/{ID}/pids.current", "5\n")
    group = cgroups.group_of(ID, 77, tmp_path / "proc", root)
    assert group is not None

    assert cgroups.read(group, NOON) == Counters(
        at=NOON,
        cpu_ns=5_000_000_000,
        memory=104_857_600,
        inactive_file=4_857_600,
        periods=10,
        throttled_periods=4,
        limit_hits=12,
        oom_kills=3,
        pids=5,
    )


def test_version_2_is_read(tmp_path: Path) -> None:
    _write(tmp_path / "proc/77/cgroup", f"0::/system.slice/docker-{ID}.scope\n")
    folder = tmp_path / f"cgroup/system.slice/docker-{ID}.scope"
    _write(folder / "memory.current", "104857600\n")
    _write(folder / "memory.max", "268435456\n")
    _write(folder / "memory.stat", "anon 40\ninactive_file 4857600\n")
    _write(folder / "memory.events", "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\n")
    _write(folder / "cpu.stat", "usage_usec 5000000\nnr_periods 10\nnr_throttled 4\n")
    _write(folder / "pids.current", "5\n")
    group = cgroups.group_of(ID, 77, tmp_path / "proc", tmp_path / "cgroup")
    assert group is not None

    found = cgroups.read(group, NOON)

    assert found is not None
    assert (found.cpu_ns, found.working_set, found.memory_limit) == (5_000_000_000, 100_000_000, 268_435_456)
    assert (found.limit_hits, found.oom_kills, found.throttled_periods, found.pids) == (12, 2, 4, 5)


def test_another_process_of_the_same_number_is_not_taken_for_the_container(tmp_path: Path) -> None:
    _write(tmp_path / "proc/77/cgroup", "0::/user.slice/session-1.scope\n")
    (tmp_path / "cgroup/user.slice/session-1.scope").mkdir(parents=True)

    assert cgroups.group_of(ID, 77, tmp_path / "proc", tmp_path / "cgroup") is None
    assert cgroups.group_of(ID, 78, tmp_path / "proc", tmp_path / "cgroup") is None


def test_what_has_ended_is_not_measured(tmp_path: Path) -> None:
    assert cgroups.read(cgroups.Group(2, {"": tmp_path / "gone"}), NOON) is None


def test_two_readings_make_a_sample() -> None:
    before = Counters(NOON, cpu_ns=1_000, memory=60 * MIB, periods=5, throttled_periods=1, oom_kills=1)
    after = Counters(
        NOON + timedelta(seconds=10),
        cpu_ns=5_000_001_000,
        memory=90 * MIB,
        inactive_file=10 * MIB,
        memory_limit=82 * MIB,
        periods=105,
        throttled_periods=31,
        oom_kills=2,
    )

    found = sample(before, after, started_at=NOON - timedelta(minutes=2))

    assert found is not None
    assert (found.cores, found.memory, found.ooms) == (0.5, 80 * MIB, 1)
    assert (found.periods, found.throttled_periods) == (100, 30)
    assert found.starting
    assert found.near_limit


def test_a_peak_between_two_readings_is_not_missed() -> None:
    before = Counters(NOON, cpu_ns=0, memory=60 * MIB, peak=70 * MIB)
    after = Counters(NOON + timedelta(minutes=1), cpu_ns=0, memory=60 * MIB, peak=200 * MIB, inactive_file=20 * MIB)
    later = Counters(NOON + timedelta(minutes=2), cpu_ns=0, memory=60 * MIB, peak=200 * MIB, inactive_file=20 * MIB)

    found = [sample(before, after), sample(after, later)]

    assert [one.memory if one else None for one in found] == [180 * MIB, 40 * MIB]


def test_a_container_that_is_seen_from_its_start_on_is_measured_from_there() -> None:
    after = Counters(NOON + timedelta(seconds=10), cpu_ns=2_000_000_000, memory=60 * MIB, peak=300 * MIB)

    found = sample(beginning(NOON), after, NOON)

    assert found is not None
    assert (found.cores, found.memory, found.took_s) == (0.2, 300 * MIB, 10)


def test_readings_of_two_runs_make_none() -> None:
    before = Counters(NOON, cpu_ns=5_000, memory=MIB)
    after = Counters(NOON + timedelta(seconds=10), cpu_ns=100, memory=MIB)

    assert sample(before, after) is None


def test_two_looks_at_once_make_none() -> None:
    counters = Counters(NOON, cpu_ns=5_000, memory=MIB)

    assert sample(counters, counters) is None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
