"""Schedules as they are declared: what cron reads, and where the mistake is."""

from typing import Any

import pytest

from desired_state.container import ContainerSpec
from desired_state.schedule import Schedule
from tests.desired_state.texts import container, problems


def schedule(value: Any) -> Schedule:
    return Schedule.model_validate(value)


def test_a_string_is_the_time() -> None:
    assert schedule("0 3 * * *").declared() == {"cron": "0 3 * * *"}


@pytest.mark.parametrize(("nickname", "cron"), [("@daily", "0 0 * * *"), ("@Hourly", "0 * * * *")])
def test_nicknames_are_written_out(nickname: str, cron: str) -> None:
    assert schedule(nickname).cron == cron


def test_starting_deadline_is_read_as_the_window_of_a_missed_run() -> None:
    assert schedule({"cron": "0 3 * * *", "starting_deadline": "5m"}).missed_run_window == 300


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("61 * * * *", "'61 * * * *' is not a schedule: bad minute"),
        ("0 3 * *", "write five fields"),
        ("0 0 30 2 *", "'0 0 30 2 *' is not a schedule"),
        ("@dayly", 'did you mean "@daily"?'),
    ],
)
def test_what_cron_would_not_read_is_refused_in_its_place(text: str, complaint: str) -> None:
    [problem] = problems(container(f'image: a\nschedule: "{text}"'))

    assert problem.startswith('stdin:6:13: Container "web": schedule')
    assert complaint in problem


def test_a_time_zone_that_is_none_is_refused_with_the_nearest_one() -> None:
    [problem] = problems(container('image: a\nschedule: {cron: "0 3 * * *", time_zone: Europe/Berlim}'))

    assert "schedule.time_zone" in problem
    assert 'did you mean "Europe/Berlin"?' in problem


@pytest.mark.parametrize(
    ("field", "complaint"),
    [
        ("restart: always", "restart is always, write never or on-failure"),
        ("container_name: backup", "each is a container of its own"),
        ("replicas: 2", "declare one replica"),
        ("probes: {readiness: {tcp: {port: 80}}}", "probes are for what serves"),
    ],
)
def test_what_does_not_go_with_a_schedule_is_refused(field: str, complaint: str) -> None:
    [problem] = problems(container(f'image: a\nschedule: "0 3 * * *"\n{field}'))

    assert complaint in problem


def test_a_run_is_tried_once_unless_said_otherwise() -> None:
    spec = ContainerSpec.model_validate({"image": "a", "schedule": "0 3 * * *"})

    assert spec.effective_restart.policy == "never"
