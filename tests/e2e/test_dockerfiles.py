"""Sample projects really built by the classic builder, run, asked, stopped, and built again after a change."""

import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from dockerfiles.generating import Generated, generate
from dockerfiles.recipe import USER
from tests.dockerfiles import bases
from tests.dockerfiles.samples import Runs, Sample, every
from tests.e2e.harness import Ergon, wait_for

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(not bases.can_be_made(), reason="a base image is made of Debian's packages, which needs apt"),
]

BASES = {"python": bases.PYTHON, "node": bases.NODE, "go": bases.GO, "c": bases.C, "ruby": bases.RUBY}
GRACE_S = 10
# Toolchains of hundreds of megabytes to fetch: ERGON_TEST_BUILDS=all.
SLOW = () if os.environ.get("ERGON_TEST_BUILDS") == "all" else ("c", "go", "ruby")
SAMPLES = [(sample, sample.runs) for sample in every() if sample.runs and sample.runs.base not in SLOW]


class Builder:
    """Builds and runs on one daemon, and removes what it made."""

    def __init__(self, host: str) -> None:
        self.api = docker.APIClient(base_url=host, version="auto", timeout=120)
        self._images: set[str] = set()
        self._bases: dict[str, str] = {}

    def base(self, name: str) -> str:
        if name not in self._bases:
            reference = f"ergon-e2e-base-{name}:bookworm"
            self._bases[name] = bases.imported(self.api, reference, BASES[name])
        return self._bases[name]

    def build(self, folder: Path, tag: str) -> str:
        """Build a folder by the classic builder, and return what it said.

        Raises:
            AssertionError: a step failed.
        """
        said: list[str] = []
        for part in self.api.build(path=str(folder), tag=tag, rm=True, forcerm=True, decode=True):
            assert "error" not in part, "".join([*said, part["error"]])
            said.append(part.get("stream", ""))
        self._images.add(tag)
        return "".join(said)

    def close(self) -> None:
        for reference in [*self._images, *self._bases.values()]:
            self.api.remove_image(reference, force=True)
        self.api.close()


@pytest.fixture(scope="module")
def builder(host: str) -> Iterator[Builder]:
    with closing(Builder(host)) as builder:
        yield builder


def written(sample: Sample, base: str, folder: Path) -> Generated:
    """Write a sample with what is generated for it into a folder."""
    made = generate(sample.tree, replace(sample.wishes, bases={"": base}))
    for name, text in {**sample.files, "Dockerfile": made.dockerfile, ".dockerignore": made.dockerignore}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return made


@pytest.mark.parametrize(("sample", "runs"), SAMPLES, ids=[sample.name for sample, _ in SAMPLES])
def test_a_sample_runs_as_nobody_answers_stops_and_is_rebuilt_from_cache(
    builder: Builder, tmp_path: Path, sample: Sample, runs: Runs
) -> None:
    made = written(sample, builder.base(runs.base), tmp_path)
    tag = f"ergon-e2e-{sample.path.stem}:1"
    builder.build(tmp_path, tag)

    container = builder.api.create_container(tag, environment=dict(runs.environment))["Id"]
    try:
        builder.api.start(container)
        assert_answers(builder, container, made, runs)
        assert users(builder, container) == [(made.recipe.runtime.user or USER).partition(":")[0]]
        assert_stops(builder, container)
    finally:
        builder.api.remove_container(container, force=True)

    touched = tmp_path / runs.touch
    touched.write_text(touched.read_text() + "\n")
    again = builder.build(tmp_path, tag)
    assert not_from_cache(again, made) == []


def assert_answers(builder: Builder, container: str, made: Generated, runs: Runs) -> None:
    port = made.recipe.runtime.port

    def said() -> str | None:
        state = builder.api.inspect_container(container)
        log = builder.api.logs(container).decode(errors="replace")
        assert state["State"]["Running"] or not port, log
        text = asked(state["NetworkSettings"]["IPAddress"], port, runs.path) if port else log
        return text if runs.answers in text else None

    wait_for(said, f"an answer with {runs.answers!r}")


def asked(address: str, port: int, path: str) -> str:
    try:
        with urllib.request.urlopen(f"http://{address}:{port}{path}", timeout=2) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, OSError):
        return ""


def users(builder: Builder, container: str) -> list[str]:
    """Return the numbers of the users that its processes run as."""
    if not builder.api.inspect_container(container)["State"]["Running"]:
        return [builder.api.inspect_container(container)["Config"]["User"].partition(":")[0]]
    rows = builder.api.top(container, ps_args="-eo pid,uid")["Processes"]
    return sorted({uid for _, uid in rows})


def assert_stops(builder: Builder, container: str) -> None:
    begun = time.monotonic()
    builder.api.stop(container, timeout=GRACE_S)

    assert builder.api.inspect_container(container)["State"]["ExitCode"] != 137, "it had to be killed"
    assert time.monotonic() - begun < GRACE_S


def not_from_cache(said: str, made: Generated) -> Sequence[str]:
    """Return the steps that install dependencies or packages and were run again."""
    steps = said.split("\nStep ")
    wanted = [*made.analysis.install_commands, "apt-get install"]
    return [step for step in steps if any(command in step for command in wanted) and "Using cache" not in step]


def test_the_state_file_of_a_project_runs(builder: Builder, ergon: Ergon, tmp_path: Path) -> None:
    project = tmp_path / ergon.namespace
    project.mkdir()
    (project / "index.html").write_text("<title>Hello</title>")

    made = ergon.run("dockerfile", str(project), "--base", builder.base("python"), "--state", "--write")
    assert made.code == 0, made.stderr
    applied = ergon.run("apply", str(project / "ergon.yaml"))
    assert applied.code == 0, applied.stderr
    ergon.settle()

    row = ergon.resources()[ergon.namespace]
    assert row["ready"]
