"""From nothing to running: Ergon, the bare SDK with its best number of threads, and Docker Compose.

All make the same containers on a network of their own, which counts too, and end when the last one runs.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from pathlib import Path

from bench import peers
from bench.ergon import Ergon, running
from bench.figures import Figure, Measured, medians
from bench.interleaving import Trial, interleaved
from bench.options import Options
from bench.peers import BareSdk, Compose
from bench.stage import Stage
from bench.starts import Starts
from bench.workload import compose_file, ergon_documents, names, state_file
from tools.messages import Impossible, say

ERGON, COMMAND_LINE, BARE, COMPOSE = "Ergon", "ergon apply", "bare SDK", "docker compose up -d"
THREADS = (4, 8, 16, 24)
ALLOWED_OVER_BARE = 1.10
_ROUNDS = 5


def measure(stage: Stage, options: Options) -> Measured:
    """Return the figures for every number of containers."""
    with stage.starts() as starts:
        found = (measure_size(stage, starts, count, options.rounds(_ROUNDS)) for count in options.containers)
        return reduce(Measured.joined, found)


def measure_size(stage: Stage, starts: Starts, count: int, rounds: int) -> Measured:
    """Return the figures for one number of containers."""
    trials = Trials(stage, starts, count)
    by_threads = {threads: trials.bare(threads)() for threads in THREADS}
    best = min(by_threads, key=by_threads.__getitem__)
    say(f"convergence: {count} containers; the bare SDK is fastest with {best} threads")
    contenders: dict[str, Trial] = {ERGON: trials.ergon, COMMAND_LINE: trials.command_line, BARE: trials.bare(best)}
    tried = ", ".join(f"{threads}: {took:.2f} s" for threads, took in by_threads.items())
    notes = [f"{count} containers: medians of {rounds}, interleaved; bare SDK by threads, once each: {tried}"]
    try:
        contenders[COMPOSE] = trials.compose(peers.compose_program())
    except Impossible as problem:
        notes.append(f"no Docker Compose to compare with: {problem}")
    return judged(count, best, interleaved(contenders, rounds), notes)


def judged(count: int, threads: int, samples: Mapping[str, list[float]], notes: list[str]) -> Measured:
    """Return the figures of samples in s; Compose's may be missing."""
    middle = medians(samples)
    bare = f"bare SDK, {threads} threads"
    figures = [
        Figure(f"{count} containers", middle[ERGON], "s", bare, middle[BARE], ALLOWED_OVER_BARE),
        Figure(f"{count} containers", middle[ERGON], "s", COMPOSE, middle.get(COMPOSE)),
        Figure(f"{count} by ergon apply", middle[COMMAND_LINE], "s", COMPOSE, middle.get(COMPOSE), None),
    ]
    return Measured(figures, {f"{count}: {who} (s)": values for who, values in samples.items()}, notes)


class Trials:
    """Makes trials that bring up so many containers, say how many seconds the last one took, and remove them."""

    def __init__(self, stage: Stage, starts: Starts, count: int) -> None:
        self._stage = stage
        self._starts = starts
        self._names = names(count)
        self._count = count

    def ergon(self) -> float:
        """Try a controller that just started, from the call of its API."""
        with self._controller() as ergon:
            documents = ergon_documents(ergon.namespace, self._stage.image, self._count)
            return self._timed(lambda: ergon.apply(documents), ergon.container)

    def command_line(self) -> float:
        """Try the same, from the start of the command."""
        with self._controller() as ergon:
            file = ergon.state_dir / "bench.yaml"
            file.write_text(state_file(ergon_documents(ergon.namespace, self._stage.image, self._count)))
            return self._timed(lambda: ergon.run("apply", str(file)), ergon.container)

    def bare(self, threads: int) -> Trial:
        """Return a trial of the bare SDK."""

        def trial() -> float:
            clients = [self._stage.new_client() for _ in range(threads)]
            project = self._stage.project("bare")
            bare = BareSdk(clients, project, self._stage.image)

            def run() -> None:
                bare.make_network()
                bare.run(self._names)

            took = self._timed(run, bare.container)
            self._remove(project)
            for client in clients:
                client.close()
            return took

        return trial

    def compose(self, program: Path) -> Trial:
        """Return a trial of Docker Compose."""

        def trial() -> float:
            project = self._stage.project("compose")
            with tempfile.TemporaryDirectory(prefix="ergon-bench-") as folder:
                file = Path(folder) / "compose.yaml"
                file.write_text(compose_file(self._stage.image, self._count))
                compose = Compose(program, self._stage.host, project, file)
                took = self._timed(compose.up, compose.container)
            self._remove(project)
            return took

        return trial

    @contextmanager
    def _controller(self) -> Iterator[Ergon]:
        project = self._stage.project("ergon")
        with running(self._stage.host, project) as ergon:
            self._stage.settle()
            yield ergon
        self._remove(project)

    def _timed(self, bring_up: Callable[[], None], name_of: Callable[[str], str]) -> float:
        began = time.time_ns()
        bring_up()
        return self._starts.seconds_to_all(map(name_of, self._names), began)

    def _remove(self, project: str) -> None:
        self._stage.clear(project)
        self._stage.settle()
