"""A verdict moves by thresholds, and startup holds the others back."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from container_ci import probe_state
from container_ci.probe_state import Outcome, ProbeState, initial, observe
from desired_state.probes import Probe, Probes

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PASS = Outcome(passed=True)
FAIL = Outcome(passed=False, message="status 503")


def probe(failures: int = 3, successes: int = 1) -> Probe:
    return Probe.model_validate({"tcp": {"port": 80}, "failure_threshold": failures, "success_threshold": successes})


def after(*outcomes: Outcome, failures: int = 3, successes: int = 1) -> ProbeState:
    state = initial("readiness", probe(failures, successes), NOON)
    for second, outcome in enumerate(outcomes, start=1):
        state = observe(state, outcome, NOON + timedelta(seconds=second))
    return state


def test_before_the_first_answer_it_is_starting() -> None:
    assert after().verdict == "starting"


def test_it_passes_at_the_success_threshold() -> None:
    assert [after(*[PASS] * n, successes=2).verdict for n in (1, 2)] == ["starting", "passing"]


def test_it_fails_at_the_failure_threshold() -> None:
    assert [after(*[FAIL] * n).verdict for n in (1, 2, 3)] == ["starting", "starting", "failing"]


def test_one_lost_answer_changes_nothing() -> None:
    assert after(PASS, FAIL, FAIL, PASS, FAIL, FAIL).verdict == "passing"


def test_the_time_of_a_verdict_is_when_it_moved() -> None:
    assert after(PASS, PASS, FAIL, FAIL, FAIL, FAIL).since == NOON + timedelta(seconds=5)


def test_a_failing_result_quotes_the_newest_failure() -> None:
    assert after(FAIL, FAIL, Outcome(passed=False, message="refused")).message == "refused"


def test_a_passing_result_quotes_nothing() -> None:
    assert after(FAIL, FAIL, FAIL, PASS).message == ""


def test_only_startup_is_asked_until_it_has_passed() -> None:
    states: dict[probe_state.Kind, ProbeState] = {
        "startup": initial("startup", probe(), NOON),
        "liveness": initial("liveness", probe(), NOON),
    }

    before = [probe_state.may_ask(kind, states) for kind in ("startup", "liveness")]
    states["startup"] = observe(states["startup"], PASS, NOON)

    assert before == [True, False]
    assert [probe_state.may_ask(kind, states) for kind in ("startup", "liveness")] == [False, True]


def test_a_report_holds_the_declared_kinds_alone() -> None:
    declared = probe_state.declared(Probes(readiness=probe()))

    assert list(declared) == ["readiness"]


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 5), st.integers(1, 5))
def test_a_verdict_never_contradicts_a_full_run_of_like_answers(
    answers: list[bool], failures: int, successes: int
) -> None:
    state = after(*(PASS if answer else FAIL for answer in answers), failures=failures, successes=successes)

    if answers[-successes:] == [True] * successes:
        assert state.verdict == "passing"
    elif answers[-failures:] == [False] * failures:
        assert state.verdict == "failing"


@given(st.lists(st.booleans(), max_size=40))
def test_the_streak_counts_the_last_like_answers(answers: list[bool]) -> None:
    state = after(*(PASS if answer else FAIL for answer in answers))

    expected = next((n for n, answer in enumerate(reversed(answers)) if answer != answers[-1]), len(answers))
    assert state.streak == expected
