"""What runs to completion, as it is declared."""

import pytest

from desired_state.container import ContainerSpec
from tests.desired_state.texts import container, problems


@pytest.mark.parametrize("field", ["active_deadline: 30m", "ttl_after_finished: 1h"])
def test_only_what_ends_has_a_deadline_and_a_time_to_live(field: str) -> None:
    [problem] = problems(container(f"image: a\n{field}"))

    assert problem.startswith("stdin:6:")
    assert f"{field.partition(':')[0]} is for what runs to completion" in problem
    assert problems(container(f"image: a\nrestart: never\n{field}")) == []


def test_backoff_limit_is_read_as_attempts() -> None:
    restart = ContainerSpec.model_validate({"image": "a", "restart": {"policy": "on-failure", "backoff_limit": 4}})

    assert restart.declared()["restart"] == {"policy": "on-failure", "attempts": 4}


def test_attempts_and_backoff_limit_may_not_differ() -> None:
    [problem] = problems(container("image: a\nrestart: {policy: on-failure, attempts: 3, backoff_limit: 4}"))

    assert "attempts and backoff_limit mean the same and differ" in problem
