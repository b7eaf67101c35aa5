"""What runs to completion, as it is declared."""

import pytest

from desired_state.container import ContainerSpec
from desired_state.pre_start import spec_of_step
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


# what comes before a start and is run around it


def test_a_list_under_init_is_told_where_it_goes() -> None:
    [problem] = problems(container("image: a\ninit: [{command: migrate}]"))

    assert "what runs before the start is pre_start" in problem


def test_a_step_and_a_hook_need_a_command() -> None:
    found = problems(container("image: a\npre_start: [{user: root}]\npost_start: [{command: []}]"))

    assert ["pre_start[0].command" in found[0], "post_start[0].command" in found[1]] == [True, True]


def test_a_hook_takes_no_variable_from_where_it_is_declared() -> None:
    [problem] = problems(container("image: a\npre_stop: [{command: drain, environment: [TOKEN]}]"))

    assert "TOKEN has no value" in problem


def test_a_misspelt_field_of_a_step_is_told_with_the_nearest() -> None:
    [problem] = problems(container("image: a\npre_start: [{comand: migrate, command: a}]"))

    assert 'did you mean "command"?' in problem


def test_what_a_step_shares_is_a_spec_of_its_own() -> None:
    spec = ContainerSpec.model_validate(
        {
            "image": "a",
            "user": "1000",
            "ports": ["80:80"],
            "networks": {"back": {"aliases": ["db"], "ipv4_address": "10.0.0.9"}},
            "pre_start": [{"command": "one"}, {"command": "two", "image": "b"}],
        }
    )
    one, two = (ContainerSpec.from_declared(spec_of_step(spec.declared(), step)) for step in spec.pre_start)

    assert (one.image, one.user, one.ports, one.joins["back"].declared()) == ("a", "1000", [], {})
    assert (two.image, two.user, two.effective_restart.policy) == ("b", None, "on-failure")
