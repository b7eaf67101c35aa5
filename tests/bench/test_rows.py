"""What rows make of their samples, and what they run, without running it."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from bench import __main__ as program
from bench import workload
from bench.figures import Measured
from bench.rows import companions, convergence, diff, drift, idle, planner, recovery
from desired_state.loader import load


def verdicts(measured: Measured) -> list[tuple[str, str]]:
    return [(figure.beside, figure.verdict) for figure in measured.figures]


def test_recovery_is_judged_beside_the_floor_and_beside_docker() -> None:
    samples = {recovery.ERGON: [215.0], recovery.FLOOR: [200.0], recovery.DOCKER: [214.0]}

    assert verdicts(recovery.judged(samples)) == [(recovery.FLOOR, "ok"), (recovery.DOCKER, "over")]


def test_convergence_without_compose_is_judged_beside_the_bare_sdk_alone() -> None:
    samples = {convergence.ERGON: [2.0], convergence.COMMAND_LINE: [2.2], convergence.BARE: [1.9]}

    judged = convergence.judged(40, 16, samples, [])

    assert verdicts(judged) == [("bare SDK, 16 threads", "ok"), (convergence.COMPOSE, "-"), (convergence.COMPOSE, "-")]


def test_both_commands_are_judged_beside_compose() -> None:
    samples = {diff.DIFF: [120.0], diff.STATUS: [160.0], diff.COMPOSE: [150.0]}

    assert [verdict for _, verdict in verdicts(diff.judged(200, samples, []))] == ["ok", "over"]


def test_drift_is_judged_by_the_95th_percentile_of_all_kinds_together() -> None:
    judged = drift.judged({"update": [10.0] * 19, "stop": [2000.0]})

    assert [(figure.value, figure.verdict) for figure in judged.figures] == [(10.0, "ok")]


def test_idling_may_write_nothing() -> None:
    cost = idle.Cost(seconds=60, cpu=0.5, memory=100, requests=9, writes=0, commits=1)

    judged = idle.without_probes(200, cost)

    over = [figure.name for figure in judged.figures if figure.verdict == "over"]
    assert over == ["commits to the store"]


def test_what_the_planner_is_measured_on_has_converged(tmp_path: Path) -> None:
    files = planner.written(tmp_path)[:1]
    worlds = [planner.converged(0, resource) for resource in load(files, environment={}).resources[1:3]]

    assert planner.per_resource_us(worlds) > 0


def test_ergon_and_compose_are_given_the_same_containers() -> None:
    documents = workload.ergon_documents("shop", "busybox", 3)
    services = json.loads(workload.compose_file("busybox", 3))["services"]

    containers = {one["metadata"]["name"]: one["spec"] for one in documents if one["kind"] == "Container"}
    assert containers == services


def test_the_image_is_busybox_alone() -> None:
    if not workload.BUSYBOX.exists():
        pytest.skip("there is no /bin/busybox here")

    with tarfile.open(fileobj=io.BytesIO(workload.file_system())) as image:
        assert image.getnames() == ["bin/busybox"]


def test_without_names_all_rows_are_measured() -> None:
    given = program.parser().parse_args([])

    assert (given.rows or list(program.ROWS)) == [
        "recovery",
        "convergence",
        "diff",
        "drift",
        "idle",
        "companions",
        "planner",
        "dockerfiles",
    ]


def test_an_unknown_row_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        program.parser().parse_args(["recover"])

    assert "'recover' is no row; there are recovery, convergence" in capsys.readouterr().err


def test_companions_are_judged_by_their_slowest_answers() -> None:
    judged = companions.judged(200, {"status": [1.0] * 95, "health": [200.0] * 5})

    assert [(figure.value, figure.verdict) for figure in judged.figures] == [(1.0, "-"), (200.0, "over")]
