"""kill -9 of a container's process, to running again: Ergon, the floor, and Docker's own `restart: always`.

Each kill takes a container that was never killed before, so that nobody's backoff takes part. All are
made beforehand, on networks of one kind and equally many on each.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.ergon import ROOT, running
from bench.figures import Figure, Measured, medians
from bench.interleaving import Trial, interleaved
from bench.options import Options
from bench.peers import BareSdk
from bench.stage import Stage
from bench.starts import Starts
from bench.workload import names
from tools.messages import Impossible

ERGON, FLOOR, DOCKER = "Ergon", "event + bare SDK start", "Docker's restart: always"
ALLOWED_OVER_FLOOR = 1.10
_KILLS = 20
_WARM_UP = 2
# What follows a restart (records, a closing inspect) belongs to that one, not to the next.
_PAUSE_S = 0.5


def measure(stage: Stage, options: Options) -> Measured:
    """Return the medians of the three, interleaved."""
    kills = options.rounds(_KILLS)
    containers = names(kills + _WARM_UP)
    with stage.starts() as starts, running(stage.host, stage.project("ergon")) as ergon, restarter(stage) as floor:
        docker = BareSdk([stage.new_client()], stage.project("always"), stage.image)
        ergon.converge(stage.image, len(containers))
        floor.make_network()
        floor.run(containers)
        docker.make_network()
        docker.run(containers, restart_policy={"Name": "always"})
        stage.settle()
        contenders = {ERGON: ergon.container, FLOOR: floor.container, DOCKER: docker.container}
        trials = {who: killing(stage, starts, containers, name_of) for who, name_of in contenders.items()}
        samples = interleaved(trials, kills, warm_up=_WARM_UP)
    stage.clear()
    return judged(samples)


def judged(samples: dict[str, list[float]]) -> Measured:
    """Return the figures of samples in ms."""
    middle = medians(samples)
    figures = [
        Figure("kill -9 to running", middle[ERGON], "ms", FLOOR, middle[FLOOR], ALLOWED_OVER_FLOOR),
        Figure("kill -9 to running", middle[ERGON], "ms", DOCKER, middle[DOCKER]),
    ]
    note = f"medians of {len(samples[ERGON])} kills each, interleaved; every kill of a fresh container: no backoff"
    return Measured(figures, {f"{who} (ms)": values for who, values in samples.items()}, [note])


def killing(stage: Stage, starts: Starts, containers: list[str], name_of: Callable[[str], str]) -> Trial:
    """Return a trial that kills the next container and says after how many ms it ran again."""
    left = iter(containers)

    def trial() -> float:
        container = name_of(next(left))
        pid = process_of(stage, container)
        killed_at = time.time_ns()
        os.kill(pid, signal.SIGKILL)
        took_s = starts.seconds_to_start(container, killed_at)
        time.sleep(_PAUSE_S)
        return took_s * 1000

    return trial


def process_of(stage: Stage, container: str) -> int:
    """Return a container's main process.

    Raises:
        Impossible: it is not a process of this machine; Docker's own kill would count as a wish to stop.
    """
    found = stage.api.inspect_container(container)
    pid = int(found["State"]["Pid"])
    groups = Path(f"/proc/{pid}/cgroup")
    if not groups.exists() or found["Id"] not in groups.read_text():
        raise Impossible(f"the processes of the engine at {stage.host} are not this machine's: none can be killed")
    return pid


@contextmanager
def restarter(stage: Stage) -> Iterator[BareSdk]:
    """Yield the SDK's containers, which the least of all controllers restarts."""
    project = stage.project("floor")
    watching = subprocess.Popen(
        [sys.executable, "-m", "bench.bare_restarter", project],
        env={**os.environ, "DOCKER_HOST": stage.host},
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    try:
        if watching.stdout is None or not watching.stdout.readline():
            raise Impossible("the bare restarter ended before it watched")
        yield BareSdk([stage.new_client()], project, stage.image)
    finally:
        watching.kill()
        watching.wait()
