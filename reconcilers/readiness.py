"""Whether one container is ready, and whether it is failing: one answer for planners, status and dependents."""

from collections.abc import Mapping
from dataclasses import dataclass

from desired_state.container import ContainerSpec
from observed_state.container import Container
from observed_state.health import Health, ProbeResult


@dataclass(frozen=True, slots=True)
class Readiness:
    """`ready` gates dependents and rollouts; `failing` asks for a restart; `message` says what is missing.

    `undecided` while it runs and nothing has settled yet whether it is ready, as after a start of the controller.
    """

    ready: bool
    failing: bool = False
    message: str = ""
    undecided: bool = False


def readiness(spec: ContainerSpec, container: Container, reports: Mapping[str, Health]) -> Readiness:
    """Judge a container by its state, Docker's own health check and the probes from outside."""
    if container.state != "running" or container.pid == 0:
        return Readiness(False, message=container.state)
    if container.health == "unhealthy":
        return Readiness(
            False, failing=True, message=f"unhealthy: {container.health_output or 'its HEALTHCHECK fails'}"
        )
    report = _of_this_run(reports.get(container.id), container)
    if failing := _failing(spec, report):
        return Readiness(False, failing=True, message=failing)
    if container.health == "starting":
        return Readiness(False, message="its HEALTHCHECK has not passed yet", undecided=True)
    waiting = _waiting(spec, report)
    return Readiness(not waiting, message=waiting, undecided=bool(waiting) and not _has_failed(report))


def stopped_being_ready(spec: ContainerSpec, container: Container, reports: Mapping[str, Health]) -> bool:
    """Return whether a container runs, is alive, and its readiness probe fails."""
    if container.state != "running" or spec.probes is None or spec.probes.readiness is None:
        return False
    report = _of_this_run(reports.get(container.id), container)
    failed = report.readiness is not None and report.readiness.verdict == "failing"
    return failed and not readiness(spec, container, reports).failing


def _of_this_run(report: Health | None, container: Container) -> Health:
    if report is None or report.started_at != container.started_at:
        return Health(container.id)
    return report


def _failing(spec: ContainerSpec, report: Health) -> str:
    probes = spec.probes
    if probes is None:
        return ""
    for name, declared, result in (
        ("startup", probes.startup, report.startup),
        ("liveness", probes.liveness, report.liveness),
    ):
        if declared and result and result.verdict == "failing":
            return f"{name} probe failed: {result.message}"
    return ""


def _waiting(spec: ContainerSpec, report: Health) -> str:
    probes = spec.probes
    if probes is None:
        return ""
    for name, declared, result in (
        ("startup", probes.startup, report.startup),
        ("readiness", probes.readiness, report.readiness),
    ):
        if declared and not _passing(result):
            return f"{name} probe has not passed" + (f": {result.message}" if result and result.message else "")
    return ""


def _has_failed(report: Health) -> bool:
    return any(result is not None and result.verdict == "failing" for result in (report.startup, report.readiness))


def _passing(result: ProbeResult | None) -> bool:
    return result is not None and result.verdict == "passing"
