"""`ergon wait`: until what, how long, and what it says when that does not come."""

import pytest

from controller.errors import ServiceError
from tests.console.canned import FakeController, resource, run, status_of


def looks(*answers: object) -> FakeController:
    """Return a controller whose status moves on with each look, and stays at the last."""
    left = list(answers)

    def look(**_: object) -> object:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return FakeController(status=look)


STARTING = status_of(resource("web", ready=False, phase="Progressing", message="image is pulled"))
READY = status_of(resource("web"))


def test_it_returns_when_all_is_ready() -> None:
    assert run(looks(STARTING, STARTING, READY), "wait").exit_code == 0


def test_it_exits_3_in_the_end_and_says_what_is_missing() -> None:
    result = run(looks(STARTING), "wait", "web", "--timeout", "10s")

    assert result.exit_code == 3
    assert result.stderr == (
        "timed out: after 10s: container/shop/web is Progressing (image is pulled)\n"
        "hint: `ergon describe NAME` says more\n"
    )


def test_a_status_of_an_older_generation_is_not_readiness() -> None:
    outdated = status_of(resource("web", generation=2, observed_generation=1))

    assert run(looks(outdated), "wait", "--timeout", "1s").exit_code == 3


def test_while_former_containers_serve_the_new_ones_are_waited_for() -> None:
    updating = {"type": "Progressing", "status": "True", "reason": "Updating", "message": "1 of 2 updated"}

    assert run(looks(status_of(resource("web", conditions=[updating]))), "wait", "--timeout", "1s").exit_code == 3


def test_a_resource_that_is_gone_can_not_become_ready() -> None:
    result = run(looks(STARTING, status_of()), "wait", "web")

    assert (result.exit_code, result.stderr) == (1, "error: container/shop/web is not declared any more\n")


def test_what_was_rolled_back_is_not_waited_for() -> None:
    back = status_of(
        resource("web", ready=False, phase="RolledBack", message="generation 2 failed: exited with code 3")
    )

    result = run(looks(STARTING, back), "wait", "web")

    assert (result.exit_code, result.stderr.splitlines()[0]) == (
        1,
        "error: container/shop/web was rolled back: generation 2 failed: exited with code 3",
    )


def test_deleted_is_reached_when_it_was_never_there() -> None:
    gone = ServiceError('nothing named "web" is declared', "", 404)

    assert run(looks(gone, status_of()), "wait", "web", "--for", "deleted").exit_code == 0


def test_deleted_is_not_reached_while_it_is_there() -> None:
    result = run(looks(READY), "wait", "web", "--for", "deleted", "--timeout", "1s")

    assert (result.exit_code, result.stderr.splitlines()[0]) == (
        3,
        "timed out: after 1s: container/shop/web is still there",
    )


@pytest.mark.parametrize(("phase", "code"), [("Completed", 0), ("Failed", 1), ("Ready", 3)])
def test_completed_is_told_from_failed_and_from_still_running(phase: str, code: int) -> None:
    job = status_of(resource("job", phase=phase, ready=phase != "Failed", message="exit 2"))

    assert run(looks(job), "wait", "job", "--for", "completed", "--timeout", "1s").exit_code == code


def test_a_zero_timeout_is_one_look() -> None:
    controller = looks(STARTING)

    run(controller, "wait", "--timeout", "0")

    assert len(controller.asked_for("status")) == 2
