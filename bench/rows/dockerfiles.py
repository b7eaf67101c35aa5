"""Without Docker: from a project's folder to its Dockerfile, for every sample project there is."""

import gc
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.figures import Figure, Measured
from bench.options import Options
from bench.stage import Stage
from dockerfiles.detection import analyses
from dockerfiles.generating import of_application
from dockerfiles.tree import scan
from tests.dockerfiles.samples import Sample, every
from tools.messages import Impossible

LIMIT_MS = 100.0
_ROUNDS = 5


def measure(_stage: Stage, options: Options) -> Measured:
    """Return what generating takes for one project: the look at its folder, the analysis, and the text."""
    samples = [sample for sample in every() if not sample.expected.get("error")]
    with tempfile.TemporaryDirectory(prefix="ergon-bench-") as folder:
        projects = [(sample, written(sample, Path(folder))) for sample in samples]
        generate(*projects[0])  # what is loaded once is no project's
        taken = [median(milliseconds(*project) for _ in range(options.rounds(_ROUNDS))) for project in projects]
    slowest, sample = max(zip(taken, samples, strict=True), key=lambda pair: pair[0])
    note = f"the slowest of {len(samples)} sample projects is {sample.name} with {slowest:.1f} ms"
    figure = Figure("a project to its Dockerfile, median", median(taken), "ms", "limit", LIMIT_MS)
    return Measured([figure], {"each sample (ms)": taken}, [note])


def written(sample: Sample, folder: Path) -> Path:
    """Write a sample below a folder, and return where it is."""
    project = folder / sample.name.replace("/", "-")
    for name, text in sample.files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return project


def milliseconds(sample: Sample, project: Path) -> float:
    """Return how long one project takes."""
    gc.collect()
    began = time.perf_counter()
    generate(sample, project)
    return (time.perf_counter() - began) * 1000


def generate(sample: Sample, project: Path) -> None:
    """Make what a project's applications need, as the command does.

    Raises:
        Impossible: nothing came of it.
    """
    found = analyses(scan(project), sample.wishes).applications
    if not all(of_application(one, sample.wishes).dockerfile for one in found):
        raise Impossible(f"nothing came of {sample.name}")
