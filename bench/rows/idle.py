"""What a controller costs while nothing happens: processor, memory, and what it writes, to Docker and to its store."""

import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench.ergon import Ergon, running
from bench.figures import Figure, Measured
from bench.options import Options
from bench.stage import Stage
from bench.workload import PROBES, SERVES
from tests.e2e.proxy import CountingProxy
from tools.messages import Impossible

CPU_LIMIT, PROBING_CPU_LIMIT = 1.0, 10.0
MEMORY_LIMIT_MB = 120.0
# What converging left to do (statuses, closing inspects) is done after this, and companions have looked for the
# last time at what has just started.
_CALM_S = 45.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What `seconds` cost: % of one core, MB resident at the end, requests to Docker, those that write, commits."""

    seconds: float
    cpu: float
    memory: float
    requests: int
    writes: int
    commits: int


def measure(stage: Stage, options: Options) -> Measured:
    """Return the cost of watching the containers, without probes and with one each every 10 s."""
    count, seconds = options.most_containers, options.seconds
    found = without_probes(count, cost_of(stage, count, seconds))
    try:
        return found.joined(with_probes(cost_of(stage, count, seconds, command=SERVES, probes=PROBES)))
    except Impossible as problem:
        return found.joined(
            Measured(notes=[f"with probes: not measured (are containers reached from here?): {problem}"])
        )


def without_probes(count: int, cost: Cost) -> Measured:
    """Return the figures of a controller that only watches."""
    figures = [
        Figure(f"CPU of a core, {count} containers", cost.cpu, "%", "limit", CPU_LIMIT),
        Figure("resident memory", cost.memory, "MB", "limit", MEMORY_LIMIT_MB),
        Figure("writing Docker calls", cost.writes, "", "limit", 0),
        Figure("commits to the store", cost.commits, "", "limit", 0),
    ]
    return Measured(figures, notes=[f"watching: {cost.requests} requests to Docker in {cost.seconds:.0f} s"])


def with_probes(cost: Cost) -> Measured:
    """Return the figures of a controller that asks every container every 10 s."""
    figures = [
        Figure("CPU, a TCP probe each every 10 s", cost.cpu, "%", "limit", PROBING_CPU_LIMIT),
        Figure("resident memory, probing", cost.memory, "MB", "", None, None),
        Figure("writing Docker calls, probing", cost.writes, "", "limit", 0),
        Figure("commits to the store, probing", cost.commits, "", "", None, None),
    ]
    return Measured(figures, notes=[f"probing: {cost.requests} requests to Docker in {cost.seconds:.0f} s"])


def cost_of(stage: Stage, count: int, seconds: float, **spec: object) -> Cost:
    """Return what a controller costs that has nothing to do for so many containers."""
    with tempfile.TemporaryDirectory(prefix="ergon-bench-") as folder:
        proxy = CountingProxy(Path(folder), stage.host)
        try:
            with running(proxy.host, stage.project("ergon")) as ergon:
                ergon.converge(stage.image, count, **spec)
                stage.settle()
                time.sleep(_CALM_S)
                cost = watched(ergon, proxy, seconds)
        finally:
            proxy.close()
            stage.clear()
    stage.settle()
    return cost


def watched(ergon: Ergon, proxy: CountingProxy, seconds: float) -> Cost:
    """Let time pass and return what it cost."""
    requests, writes = len(proxy.requests), len(proxy.writes)
    cpu, began = cpu_s(ergon), time.monotonic()
    commits = commits_within(ergon.state_dir / "ergon.db", seconds)
    passed = time.monotonic() - began
    return Cost(
        seconds=passed,
        cpu=100 * (cpu_s(ergon) - cpu) / passed,
        memory=ergon.process.memory_info().rss / 2**20,
        requests=len(proxy.requests) - requests,
        writes=len(proxy.writes) - writes,
        commits=commits,
    )


def cpu_s(ergon: Ergon) -> float:
    """Return the processor time the controller has used so far."""
    times = ergon.process.cpu_times()
    return float(times.user + times.system)


def commits_within(database: Path, seconds: float) -> int:
    """Let so many seconds pass and return in how many of them somebody committed to a database."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        version, commits = data_version(connection), 0
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(1.0, left))
            before, version = version, data_version(connection)
            commits += version != before
    return commits


def data_version(connection: sqlite3.Connection) -> int:
    """Return a number that moves when another connection commits (https://sqlite.org/pragma.html#pragma_data_version)."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])
