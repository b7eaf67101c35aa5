"""What somebody changed on a living container: found field by field, put right, or only told."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from observed_state.container import Container, RestartPolicy
from reconcilers.actions import Action, Rename, Update
from reconcilers.world import ContainerWorld
from tests.reconcilers.worlds import (
    LONG_AGO,
    WEB,
    Pair,
    created,
    deed_names,
    deeds,
    exited,
    fields,
    foreign,
    later,
    paths,
    plan,
    running,
    status,
    web,
    world,
)

MIB = 1 << 20
LIMITED = web(mem_limit="64m", cpu_shares=512, pids_limit=100)


def limited(**resources: int | str) -> ContainerWorld:
    """Return a world in which somebody changed limits of `LIMITED`; 0 stands for removed."""
    pair = running(LIMITED)
    merged = {**pair[1].resources, **resources}
    return world(LIMITED, (pair[0], replace(pair[1], resources={k: v for k, v in merged.items() if v})))


def only(actions: list[Action]) -> Update:
    [update] = actions
    assert isinstance(update, Update)
    return update


def test_nothing_differs_about_what_nobody_changed() -> None:
    assert plan(world(LIMITED, running(LIMITED))).changes == ()
    assert deeds(world(LIMITED, running(LIMITED))) == []


def test_what_is_not_running_although_it_should_be_has_drifted() -> None:
    assert paths(world(WEB, exited(WEB))) == [("status.state", "drift", "restart")]


@pytest.mark.parametrize(
    ("limit", "value", "path"),
    [
        ("CpuShares", 2, "spec.cpu_shares"),
        ("PidsLimit", 7, "spec.pids_limit"),
        ("PidsLimit", 0, "spec.pids_limit"),
    ],
)
def test_a_changed_limit_is_set_back_in_place(limit: str, value: int, path: str) -> None:
    seen = limited(**{limit: value})

    assert paths(seen) == [(path, "drift", "in-place")]
    assert only(deeds(seen)).changes == {limit: running(LIMITED)[1].resources[limit]}


def test_memory_goes_back_together_with_swap() -> None:
    update = only(deeds(limited(Memory=256 * MIB, MemorySwap=512 * MIB)))

    assert update.changes == {"Memory": 64 * MIB, "MemorySwap": 128 * MIB}


def test_a_limit_that_nobody_declared_is_told_and_left_as_it_is() -> None:
    seen = limited(CpusetCpus="0")

    [field] = fields(seen)
    assert (field.path, field.unmanaged, field.policy) == ("spec.cpuset", True, "alert")
    assert deeds(seen) == []


def test_on_request_an_added_limit_is_fought_too_and_takes_a_new_container_where_it_can_not_be_lifted() -> None:
    owner = web(drift={"unmanaged": "enforce"})

    assert deed_names(world(owner, running(owner, resources={"CpusetCpus": "0"}))) == ["CreateInstance"]
    assert only(deeds(world(owner, running(owner, resources={"PidsLimit": 5})))).changes == {"PidsLimit": 0}


def test_swap_that_only_follows_memory_is_not_told_beside_it() -> None:
    seen = limited(Memory=256 * MIB, MemorySwap=512 * MIB)

    assert paths(seen) == [("spec.mem_limit", "drift", "in-place")]


def test_swap_is_put_right_without_the_memory_that_is_to_stay_as_somebody_set_it() -> None:
    owner = web(mem_limit="64m", drift={"paths": {"spec.mem_limit": "alert"}})
    pair = running(owner, resources={"Memory": 48 * MIB, "MemorySwap": 100 * MIB})

    assert only(deeds(world(owner, pair))).changes == {"Memory": 48 * MIB, "MemorySwap": 128 * MIB}


def test_a_limit_is_named_as_the_user_wrote_it() -> None:
    owner = web(deploy={"resources": {"limits": {"pids": 9}}})

    assert paths(world(owner, running(owner, resources={"PidsLimit": 5})))[0][0] == "spec.deploy.resources.limits.pids"


def test_a_restart_policy_is_taken_back() -> None:
    seen = world(WEB, running(WEB, restart_policy=RestartPolicy("on-failure", 3)))

    [field] = fields(seen)
    assert (field.path, field.declared, field.observed) == ("spec.restart", "no", "on-failure:3")
    assert only(deeds(seen)).changes == {"RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}}


def test_it_goes_back_to_the_recorded_policy_rather_than_to_the_declared_one() -> None:
    instance, container = running(WEB)
    handed_over = replace(container, restart_policy=RestartPolicy("unless-stopped"))
    seen = world(WEB, (replace(instance, baseline=handed_over), replace(container, restart_policy=RestartPolicy("no"))))

    assert only(deeds(seen)).changes["RestartPolicy"]["Name"] == "unless-stopped"


# names


def test_a_renamed_container_gets_its_name_back() -> None:
    seen = world(WEB, running(WEB, name="mine"))

    [rename] = deeds(seen)
    assert isinstance(rename, Rename)
    assert (rename.name, paths(seen)) == ("shop-web-1", [("name", "drift", "rename")])


def test_a_name_that_somebody_else_took_meanwhile_is_a_conflict_and_not_fought_for() -> None:
    seen = world(WEB, running(WEB, name="mine"), holders=foreign())

    assert (deeds(seen), status(seen)) == ([], ("Conflict", "NameTaken"))


# policies


def drifted(drift: dict[str, Any], **changes: Any) -> ContainerWorld:
    owner = web(drift=drift)
    return world(owner, running(owner, **changes))


CHANGES: list[dict[str, Any]] = [
    {"name": "mine"},
    {"resources": {"PidsLimit": 5}},
    {"resources": {"CpuShares": 5}},
    {"restart_policy": RestartPolicy("always")},
    {"networks": {}},
]


@pytest.mark.parametrize("change", CHANGES)
def test_alert_tells_and_does_nothing(change: dict[str, Any]) -> None:
    seen = drifted({"default": "alert"}, **change)

    assert deeds(seen) == []
    assert [(change.action, change.effect) for change in plan(seen).changes] == [("none", "none")]
    assert plan(seen).status.drift == 1


@pytest.mark.parametrize("change", CHANGES)
def test_ignore_neither_tells_nor_does(change: dict[str, Any]) -> None:
    seen = drifted({"default": "ignore"}, **change)

    assert (deeds(seen), plan(seen).changes) == ([], ())


@pytest.mark.parametrize("pattern", ["spec.networks.default", "spec.net*", "spec.*"])
def test_single_paths_can_be_ignored(pattern: str) -> None:
    assert deeds(drifted({"ignore": [pattern]}, networks={})) == []


def test_other_paths_are_not() -> None:
    assert deed_names(drifted({"ignore": ["spec.networks.*"]}, name="mine")) == ["Rename"]


@pytest.mark.parametrize("drift", [{"default": "alert"}, {"default": "ignore"}, {"ignore": ["*"]}])
def test_whether_it_runs_is_never_left_to_others(drift: dict[str, Any]) -> None:
    owner = web(drift=drift)
    seen = world(owner, exited(owner))

    assert (deed_names(seen), paths(seen)[0][0]) == (["Start"], "status.state")


def test_a_change_of_the_spec_is_not_drift() -> None:
    owner = web(2, drift={"default": "alert"}, cpu_shares=9)

    assert deed_names(world(owner, running(web(drift={"default": "alert"})))) == ["Update", "AcceptSpec"]


# what names mean


def test_an_image_that_moved_takes_a_new_container() -> None:
    instance, container = running(WEB)
    seen = world(WEB, (replace(instance, resolved={**instance.resolved, "image_id": "sha256:0"}), container))

    assert paths(seen) == [("spec.image", "image", "recreate")]


def test_a_job_that_is_done_is_not_run_again_because_its_image_moved() -> None:
    owner = web(restart="never")
    instance, container = exited(owner, 0)
    seen = world(owner, (replace(instance, resolved={**instance.resolved, "image_id": "sha256:0"}), container))

    assert (deeds(seen), plan(seen).changes) == ([], ())


def test_a_container_follows_the_one_whose_network_it_shares() -> None:
    owner = web(network_mode="service:vpn")
    instance, container = running(owner)
    resolved = {**instance.resolved, "parents": {"network_mode": "old"}}

    pair: Pair = (replace(instance, resolved=resolved), container)
    assert paths(world(owner, pair, parents={"network_mode": "new"})) == [
        ("spec.network_mode", "dependency", "recreate")
    ]
    assert deeds(world(owner, pair, parents={"network_mode": None})) == []


@pytest.mark.parametrize(
    ("run", "expected"),
    [(later(-60), ["Stop", "Start"]), (LONG_AGO - timedelta(days=1), []), (None, [])],
)
def test_a_container_is_started_again_with_the_one_whose_network_it_shares(
    run: datetime | None, expected: list[str]
) -> None:
    owner = web(network_mode="service:vpn")
    seen = world(owner, running(owner), parents={"network_mode": "vpn"}, parent_runs={"network_mode": run})

    assert deed_names(seen) == expected
    assert paths(seen) == ([("spec.network_mode", "dependency", "restart")] if expected else [])


def test_a_container_waits_for_the_one_whose_network_it_shares_to_run() -> None:
    owner = web(network_mode="service:vpn")
    facts: dict[str, Any] = {"parents": {"network_mode": "vpn"}, "parent_runs": {"network_mode": None}}

    assert deeds(world(owner, created(owner), **facts)) == []
    assert status(world(owner, created(owner), **facts)) == ("Pending", "DependencyNotReady")


def test_containers_give_way_while_their_volume_is_made_anew() -> None:
    seen = world(WEB, running(WEB), renewing=("data",))

    assert (deed_names(seen), status(seen)) == (["Stop", "RemoveInstance"], ("Progressing", "VolumeRenewed"))


def test_copies_are_told_and_never_touched() -> None:
    copy = Container("c" * 64, "clone", "busybox", "sha256:1", "running", pid=5)
    seen = world(WEB, running(WEB), copies=(copy,))

    assert (deeds(seen), paths(seen)) == ([], [("metadata.copies", "drift", "none")])


def content(now: str, *, unreadable: str = "") -> ContainerWorld:
    instance, container = running(WEB)
    made_with = {**instance.resolved, "files": {"/etc/app": "aaaa"}}
    return world(
        WEB, (replace(instance, resolved=made_with), container), files={"/etc/app": now}, unreadable=unreadable
    )


def test_a_config_whose_content_changed_takes_a_new_container() -> None:
    assert paths(content("bbbb")) == [("files./etc/app", "dependency", "recreate")]
    assert deeds(content("aaaa")) == []


def test_content_that_can_not_be_read_now_changes_nothing() -> None:
    assert deeds(content("bbbb", unreadable="no such file")) == []


def test_while_too_much_would_be_given_up_at_once_nothing_is() -> None:
    instance, container = running(WEB)
    moved = replace(instance, resolved={**instance.resolved, "image_id": "sha256:0"})
    guarded = world(WEB, (moved, container), guard="5 of 9 containers at once")

    assert (deeds(guarded), status(guarded)) == ([], ("Held", "GCPaused"))
    assert deeds(world(WEB, gone=[instance], guard="5 of 9 containers at once")) == []
