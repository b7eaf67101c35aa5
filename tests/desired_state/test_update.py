"""How containers are replaced: what may be declared, what follows from it, and what can't be meant."""

from typing import Any

import pytest
from pydantic import ValidationError

from desired_state.container import ContainerSpec
from desired_state.misfits import Misfits
from desired_state.update import Pace, pace_of


def spec(update: dict[str, Any] | None = None, **fields: Any) -> ContainerSpec:
    return ContainerSpec.from_declared({"image": "x", **fields, **({"update": update} if update else {})})


def pace(update: dict[str, Any] | None = None, **fields: Any) -> Pace:
    return pace_of(spec(update, **fields))


def refusals(update: dict[str, Any] | None = None, **fields: Any) -> list[tuple[tuple[str | int, ...], str]]:
    """Return the fields that are refused, with why."""
    with pytest.raises(ValidationError) as caught:
        spec(update, **fields)
    errors = [error.get("ctx", {}).get("error") for error in caught.value.errors()]
    return [found for error in errors if isinstance(error, Misfits) for found in error.found]


# what follows when nothing is said


def test_one_container_at_a_time_stops_before_its_successor_starts() -> None:
    found = pace(replicas=3)

    assert (found.order, found.max_unavailable, found.parallelism, found.on_failure) == (
        "stop-first",
        1,
        None,
        "rollback",
    )
    assert (found.monitor_s, found.delay_s, found.deadline_s, found.max_failure_ratio) == (5, 0, 600, 0)


@pytest.mark.parametrize("update", [{"max_unavailable": 0}, {"max_surge": 1}, {"strategy": "blue-green"}])
def test_what_needs_both_side_by_side_is_start_first(update: dict[str, Any]) -> None:
    assert pace(update, replicas=2).order == "start-first"


def test_start_first_keeps_every_replica_and_adds_one() -> None:
    found = pace({"order": "start-first"}, replicas=3)

    assert (found.max_unavailable, found.max_surge) == (0, 1)


def test_parallelism_is_how_many_may_be_away_or_added() -> None:
    assert pace({"parallelism": 2}, replicas=4).max_unavailable == 2
    assert pace({"parallelism": 2, "order": "start-first"}, replicas=4).max_surge == 2
    assert pace({"parallelism": 0}, replicas=4).max_unavailable == 4


def test_percentages_are_of_the_replicas_and_never_nothing_at_all() -> None:
    assert pace({"max_unavailable": "50%"}, replicas=5).max_unavailable == 2
    assert pace({"max_surge": "50%"}, replicas=5).max_surge == 3
    assert pace({"max_unavailable": "10%"}, replicas=3).max_unavailable == 1


def test_blue_green_adds_a_whole_set() -> None:
    assert pace({"strategy": "blue-green"}, replicas=3).max_surge == 3


# Compose's words


def test_composes_update_config_means_the_same() -> None:
    config = {"parallelism": 2, "delay": "3s", "failure_action": "pause", "monitor": "9s", "max_failure_ratio": 0.5}
    found = pace(deploy={"replicas": 4, "update_config": {**config, "order": "start-first"}})

    assert (found.parallelism, found.delay_s, found.on_failure, found.monitor_s) == (2, 3, "pause", 9)
    assert (found.max_failure_ratio, found.order) == (0.5, "start-first")


def test_composes_rollback_config_says_how_to_go_back() -> None:
    both = spec(deploy={"update_config": {"delay": "3s", "monitor": "8s"}, "rollback_config": {"delay": "0s"}})

    assert (pace_of(both, back=True).delay_s, pace_of(both, back=True).monitor_s, pace_of(both).delay_s) == (0, 8, 3)


def test_twins_that_differ_are_refused() -> None:
    [(path, message)] = refusals({"delay": "1s"}, deploy={"update_config": {"delay": "2s"}})

    assert path == ("update", "delay")
    assert "deploy.update_config.delay" in message


# what can't run side by side


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"ports": ["8080:80"]}, "host port 8080/tcp"),
        ({"ports": ["8080-8082:80"], "replicas": 3}, "host port 8080-8082/tcp"),
        ({"networks": {"back": {"ipv4_address": "10.0.0.9"}}}, "10.0.0.9"),
        ({"volumes": ["data:/data"]}, "volume data"),
        ({"volumes": ["/srv:/srv"]}, "folder /srv"),
        ({"network_mode": "host"}, "network_mode host"),
    ],
)
def test_what_only_one_container_can_have_makes_it_stop_first(fields: dict[str, Any], why: str) -> None:
    found = pace({"order": "start-first"}, **fields)

    assert (found.wished, found.order, found.max_unavailable) == ("start-first", "stop-first", 1)
    assert why in found.obstacle


@pytest.mark.parametrize(
    "fields",
    [
        {"ports": ["8080-8081:80"]},
        {"ports": ["80"]},
        {"volumes": ["data:/data:ro"]},
        {"volumes": ["data:/data"], "replicas": 2},
        {"network_mode": "bridge"},
    ],
)
def test_what_several_can_share_does_not(fields: dict[str, Any]) -> None:
    assert pace({"order": "start-first"}, **fields).order == "start-first"


def test_spare_host_ports_limit_how_many_are_added() -> None:
    assert pace({"max_surge": 3}, replicas=3, ports=["8080-8083:80"]).max_surge == 1


# what can't be meant


def test_fixed_host_ports_leave_no_room_for_max_unavailable_0() -> None:
    [(path, message)] = refusals({"max_unavailable": 0}, ports=["8080:80"])

    assert path == ("update", "max_unavailable")
    assert '"8080-8081:80"' in message
    assert "max_unavailable: 1" in message


@pytest.mark.parametrize(
    ("update", "path"),
    [
        ({"max_unavailable": 0, "max_surge": 0}, ("update", "max_surge")),
        ({"order": "start-first", "max_surge": 0}, ("update", "max_surge")),
        ({"order": "stop-first", "max_unavailable": 0}, ("update", "max_unavailable")),
        ({"order": "stop-first", "strategy": "blue-green"}, ("update", "order")),
    ],
)
def test_promises_that_can_not_be_kept_are_refused(update: dict[str, Any], path: tuple[str, ...]) -> None:
    assert [where for where, _ in refusals(update)] == [path]


def test_blue_green_needs_room_for_two_sets() -> None:
    assert [path for path, _ in refusals({"strategy": "blue-green"}, ports=["8080:80"])] == [("update", "strategy")]
    assert [path for path, _ in refusals({"strategy": "blue-green"}, replicas=2, ports=["8080-8082:80"])] == [
        ("ports", 0)
    ]


@pytest.mark.parametrize("share", ["25", 2, "25%", "100%"])
def test_a_share_is_a_count_or_a_percentage(share: int | str) -> None:
    assert pace({"max_unavailable": share}, replicas=100).max_unavailable in (25, 2, 100)


@pytest.mark.parametrize("share", ["x", "101%", -1, True, 0.5, "5 %"])
def test_anything_else_is_refused(share: object) -> None:
    with pytest.raises(ValidationError, match=r"write it like 1 or 25%|negative"):
        spec({"max_unavailable": share})
