"""Looking when nothing is to be done: whole commands of Ergon's, and `docker compose up -d` when all is up to date."""

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import peers
from bench.ergon import running
from bench.figures import Figure, Measured, medians
from bench.interleaving import Trial, interleaved
from bench.options import Options
from bench.peers import Compose
from bench.stage import Stage
from bench.workload import compose_file
from tools.messages import Impossible

DIFF, STATUS, COMPOSE = "ergon diff", "ergon status", "docker compose up -d"
_ROUNDS = 15
_WARM_UP = 2


def measure(stage: Stage, options: Options) -> Measured:
    """Return the wall time of both commands beside Compose's, each on as many containers of its own."""
    count = options.most_containers
    notes = []
    with (
        running(stage.host, stage.project("ergon")) as ergon,
        tempfile.TemporaryDirectory(prefix="ergon-bench-") as folder,
    ):
        ergon.converge(stage.image, count)
        contenders = {DIFF: timed(lambda: ergon.run("diff")), STATUS: timed(lambda: ergon.run("status"))}
        try:
            compose = composed(stage, Path(folder) / "compose.yaml", count)
            contenders[COMPOSE] = timed(compose.up)
        except Impossible as problem:
            notes = [f"no Docker Compose to compare with: {problem}"]
        stage.settle()
        samples = interleaved(contenders, options.rounds(_ROUNDS), warm_up=_WARM_UP)
    stage.clear()
    return judged(count, samples, notes)


def judged(count: int, samples: Mapping[str, list[float]], notes: list[str]) -> Measured:
    """Return the figures of samples in ms; Compose's may be missing."""
    middle = medians(samples)
    figures = [
        Figure(f"{command}, {count} containers", middle[command], "ms", f"{COMPOSE}, no-op", middle.get(COMPOSE))
        for command in (DIFF, STATUS)
    ]
    note = f"medians of {len(samples[DIFF])} runs of the whole command, interleaved"
    return Measured(figures, {f"{who} (ms)": values for who, values in samples.items()}, [note, *notes])


def composed(stage: Stage, file: Path, count: int) -> Compose:
    """Return a Compose project that is up.

    Raises:
        Impossible: there is no Docker Compose here.
    """
    file.write_text(compose_file(stage.image, count))
    compose = Compose(peers.compose_program(), stage.host, stage.project("compose"), file)
    compose.up()
    return compose


def timed(do: Callable[[], None]) -> Trial:
    """Return a trial that says how many ms something takes."""

    def trial() -> float:
        began = time.perf_counter()
        do()
        return (time.perf_counter() - began) * 1000

    return trial
