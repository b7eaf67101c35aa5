"""When answers to a probe settle its verdict, and which probes may be asked. Pure: no clock, no network."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from desired_state.probes import Probe, Probes
from observed_state.health import Health, ProbeResult, Verdict

Kind = Literal["startup", "readiness", "liveness"]

KINDS: tuple[Kind, ...] = ("startup", "readiness", "liveness")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer: it passed, or failed for the reason in `message`."""

    passed: bool
    message: str = ""


@dataclass(frozen=True, slots=True)
class ProbeState:
    """What is known about one declared probe. `streak` counts like answers in a row."""

    kind: Kind
    probe: Probe
    verdict: Verdict
    since: datetime
    passed: bool = True
    streak: int = 0
    message: str = ""

    def result(self) -> ProbeResult:
        """Return it as it is reported."""
        return ProbeResult(self.kind, self.verdict, self.since, self.message, self.streak)


def initial(kind: Kind, probe: Probe, now: datetime) -> ProbeState:
    """Return the state before the first answer: starting, so that neither traffic nor a restart follows from it."""
    return ProbeState(kind, probe, "starting", now)


def observe(state: ProbeState, outcome: Outcome, now: datetime) -> ProbeState:
    """Return the state after one more answer.

    The verdict moves when as many answers in a row agree as the threshold says, and not before.
    """
    streak = state.streak + 1 if outcome.passed == state.passed and state.streak else 1
    verdict = _settled(state, outcome, streak)
    message = "" if verdict == "passing" else outcome.message or state.message
    since = state.since if verdict == state.verdict else now
    return replace(state, verdict=verdict, since=since, passed=outcome.passed, streak=streak, message=message)


def _settled(state: ProbeState, outcome: Outcome, streak: int) -> Verdict:
    if outcome.passed:
        return "passing" if streak >= state.probe.success_threshold else state.verdict
    return "failing" if streak >= state.probe.failure_threshold else state.verdict


def may_ask(kind: Kind, states: Mapping[Kind, ProbeState]) -> bool:
    """Return whether this probe is asked now: startup until it has passed once, the others only from then on."""
    startup = states.get("startup")
    started = startup is None or startup.verdict == "passing"
    return not started if kind == "startup" else started


def declared(probes: Probes) -> dict[Kind, Probe]:
    """Return the probes that are declared, by kind."""
    found: dict[Kind, Probe | None] = {
        "startup": probes.startup,
        "readiness": probes.readiness,
        "liveness": probes.liveness,
    }
    return {kind: probe for kind, probe in found.items() if probe is not None}


def health(container_id: str, started_at: datetime | None, states: Mapping[Kind, ProbeState]) -> Health:
    """Return the report of one run of a container."""
    results = {kind: state.result() for kind, state in states.items()}
    return Health(
        container_id,
        started_at,
        startup=results.get("startup"),
        readiness=results.get("readiness"),
        liveness=results.get("liveness"),
    )
