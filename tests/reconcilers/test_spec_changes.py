"""What the user changed: which deed each kind of change takes, and that it is accepted once."""

from dataclasses import replace
from typing import Any

import pytest

from observed_state.container import RestartPolicy
from reconcilers.accepting import accepted_baseline
from reconcilers.actions import Rename, Update
from reconcilers.world import ContainerWorld
from tests.reconcilers.docker_model import Host
from tests.reconcilers.worlds import (
    NOON,
    created,
    deed_names,
    deeds,
    exited,
    fields,
    foreign,
    network,
    paths,
    recorded,
    running,
    spec_of,
    status,
    web,
    world,
)

MIB = 1 << 20


def changed(before: dict[str, Any], after: dict[str, Any], **container: Any) -> ContainerWorld:
    """Return a world in which generation 1 runs and generation 2 is declared."""
    return world(web(2, **after), running(web(**before), **container))


def update_of(seen: ContainerWorld) -> dict[str, Any]:
    update, accept = deeds(seen)
    assert isinstance(update, Update)
    assert type(accept).__name__ == "AcceptSpec"
    return dict(update.changes)


@pytest.mark.parametrize(
    "after",
    [
        {"replicas": 1},
        {"depends_on": {"db": {"condition": "service_started", "required": False}}},
        {"probes": {"readiness": {"tcp": {"port": 1}}}},
        {"drift": {"default": "alert"}},
        {"pull_policy": "missing"},
        {"stop_grace_period": "1s"},
        {"restart": "on-failure"},
        {"deploy": {"replicas": 1}},
        {"deploy": {"resources": {"reservations": {"cpus": 1}}}},
    ],
)
def test_what_needs_no_deed_is_accepted_and_shows_no_change(after: dict[str, Any]) -> None:
    seen = changed({}, after)

    assert (deed_names(seen), fields(seen)) == (["AcceptSpec"], [])


@pytest.mark.parametrize("pair", [created, exited, running])
def test_it_is_accepted_once_whether_it_runs_or_not(pair: Any) -> None:
    host = Host(web(), NOON, networks={"default": network()}, images={"busybox": "sha256:1111"})
    instance, container = pair(web(restart="never"))
    host.instances, host.containers = {instance.uid: instance}, {container.id: container}
    host.stored = web(2, restart="never", stop_grace_period="1s")

    assert [type(action).__name__ for action in host.settle()].count("AcceptSpec") == 1


@pytest.mark.parametrize(
    "after",
    [
        {"image": "busybox:2"},
        {"command": ["true"]},
        {"environment": {"A": "1"}},
        {"labels": {"a": "1"}},
        {"ports": ["80:80"]},
        {"network_mode": "host"},
        {"user": "1"},
        {"healthcheck": {"test": ["CMD", "true"]}},
        {"volumes": ["/a:/b"]},
    ],
)
def test_most_changes_take_a_new_container(after: dict[str, Any]) -> None:
    seen = changed({}, after)

    assert deed_names(seen) == ["CreateInstance"]
    assert {effect for _, _, effect in paths(seen)} == {"recreate"}


def test_the_reason_names_what_changed() -> None:
    [create] = deeds(changed({"user": "1"}, {"user": "2", "command": ["true"]}))

    assert create.reason == "changed: spec.command, spec.user"


def test_each_field_is_shown_with_both_values() -> None:
    [field] = fields(changed({"environment": {"A": "1", "B": "1"}}, {"environment": {"A": "2", "B": "1"}}))

    assert (field.path, field.declared, field.observed) == ("spec.environment.A", "2", "1")


# limits


@pytest.mark.parametrize(
    ("before", "after", "update"),
    [
        ({}, {"mem_limit": "64m"}, {"Memory": 64 * MIB, "MemorySwap": 128 * MIB}),
        ({"mem_limit": "64m"}, {"mem_limit": "32m"}, {"Memory": 32 * MIB, "MemorySwap": 64 * MIB}),
        (
            {"mem_limit": "64m", "memswap_limit": "64m"},
            {"mem_limit": "64m"},
            {"Memory": 64 * MIB, "MemorySwap": 128 * MIB},
        ),
        ({"cpus": 1}, {"cpus": 2}, {"NanoCpus": 2_000_000_000}),
        ({"cpu_quota": 50_000}, {"cpu_quota": 60_000}, {"CpuQuota": 60_000}),
        ({"pids_limit": 5}, {}, {"PidsLimit": 0}),
        ({"pids_limit": 5}, {"pids_limit": -1}, {"PidsLimit": 0}),
    ],
)
def test_limits_change_in_place(before: dict[str, Any], after: dict[str, Any], update: dict[str, Any]) -> None:
    assert update_of(changed(before, after)) == update


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"mem_limit": "64m"}, {}),
        ({"cpus": 1}, {}),
        ({"cpu_shares": 5}, {}),
        ({"cpuset": "0"}, {}),
        ({"cpus": 1}, {"cpu_quota": 50_000}),
        ({"cpu_quota": 50_000}, {"cpus": 1}),
    ],
)
def test_a_limit_that_an_update_can_not_lift_takes_a_new_container(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert deed_names(changed(before, after)) == ["CreateInstance"]


def test_a_twin_of_the_same_value_changes_nothing() -> None:
    seen = changed({"mem_limit": "64m"}, {"deploy": {"resources": {"limits": {"memory": "64m"}}}})

    assert (deed_names(seen), fields(seen)) == (["AcceptSpec"], [])


def test_a_new_limit_wins_over_what_somebody_set_by_hand() -> None:
    seen = changed({"cpu_shares": 5}, {"cpu_shares": 7}, resources={"CpuShares": 99})

    assert update_of(seen) == {"CpuShares": 7}
    assert [path for path, _, _ in paths(seen)] == ["spec.cpu_shares"]


def test_a_limit_set_by_hand_that_excludes_the_new_one_takes_a_new_container() -> None:
    owner = {"drift": {"default": "ignore"}}

    seen = changed(owner, {**owner, "cpu_quota": 5000}, resources={"NanoCpus": 10})
    assert deed_names(seen) == ["CreateInstance"]


# restart, names


@pytest.mark.parametrize(
    ("before", "after", "policy"),
    [
        ("always", "delegated", ("unless-stopped", 0)),
        ("delegated", "always", ("no", 0)),
        ("delegated", {"policy": "delegated", "docker": "on-failure", "attempts": 3}, ("on-failure", 3)),
    ],
)
def test_delegating_restarts_or_taking_them_back_is_an_update(before: Any, after: Any, policy: Any) -> None:
    update = update_of(changed({"restart": before}, {"restart": after}))

    assert update["RestartPolicy"] == {"Name": policy[0], "MaximumRetryCount": policy[1]}


def test_a_new_container_name_is_a_rename() -> None:
    seen = changed({}, {"container_name": "shop"})

    rename, accept = deeds(seen)
    assert isinstance(rename, Rename)
    assert (rename.name, type(accept).__name__) == ("shop", "AcceptSpec")
    assert paths(seen) == [("spec.container_name", "spec", "rename")]


def test_dropping_the_container_name_brings_the_stable_one_back() -> None:
    rename = deeds(changed({"container_name": "shop"}, {}))[0]

    assert isinstance(rename, Rename)
    assert rename.name == "shop-web-1"


def test_a_rename_that_was_done_and_not_recorded_is_no_drift() -> None:
    seen = changed({}, {"container_name": "shop"}, name="shop")

    assert deed_names(seen) == ["AcceptSpec"]


def test_a_new_name_that_somebody_else_has_is_a_conflict() -> None:
    seen = world(web(2, container_name="shop"), running(web()), holders=foreign("shop"))

    assert (deed_names(seen), status(seen)) == (["AcceptSpec"], ("Conflict", "NameTaken"))


def test_a_rename_that_waits_for_its_name_is_done_when_that_is_free() -> None:
    accepted = recorded(running(web()), generation=2, spec=spec_of(web(container_name="shop")).declared())

    assert deed_names(world(web(2, container_name="shop"), accepted)) == ["Rename"]


def test_a_container_that_can_not_be_updated_is_started_all_the_same() -> None:
    seen = world(web(2, cpu_shares=9), exited(web()))

    assert deed_names(seen) == ["Start", "Update", "AcceptSpec"]


# the baseline after a change


def test_what_the_spec_changed_is_in_the_new_baseline() -> None:
    instance, container = running(web(cpu_shares=5))

    after = replace(container, resources={"CpuShares": 7})
    assert accepted_baseline(instance, spec_of(web(cpu_shares=7)), after).resources == {"CpuShares": 7}


def test_what_somebody_else_changed_is_not() -> None:
    owner = web(drift={"default": "alert"}, cpu_shares=5)
    instance, container = running(owner)
    meddled = replace(
        container,
        resources={"CpuShares": 99, "PidsLimit": 5},
        restart_policy=RestartPolicy("always"),
        networks={name: replace(place, aliases=()) for name, place in container.networks.items()},
    )

    baseline = accepted_baseline(instance, spec_of(web(drift={"default": "alert"}, cpu_shares=5, replicas=1)), meddled)
    assert instance.baseline is not None
    assert baseline.resources == {"CpuShares": 5}
    assert baseline.restart_policy == RestartPolicy("no")
    assert baseline.networks == instance.baseline.networks
