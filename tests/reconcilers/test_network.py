"""What one network needs."""

from dataclasses import replace
from typing import Any

import pytest

from desired_state.resource import Stored
from observed_state.network import Network, Subnet
from reconcilers.actions import CreateNetwork, Disconnect, RemoveNetwork
from reconcilers.world import NetworkWorld
from tests.reconcilers.resource_worlds import deed_names, deleted, made_network, net, plan, record, status

STRANGER = Network("net-9", "shop_back")
MEMBERS = {"c1": "shop-web-1"}


def test_what_is_declared_and_absent_is_made() -> None:
    [create] = plan(NetworkWorld(net(driver="bridge"))).actions

    assert isinstance(create, CreateNetwork)
    assert (create.name, create.spec.driver) == ("shop_back", "bridge")


def test_a_name_of_its_own_is_used() -> None:
    [create] = plan(NetworkWorld(net(name="backbone"))).actions

    assert getattr(create, "name", "") == "backbone"


def test_what_is_there_is_ready() -> None:
    assert (deed_names(made_network(net())), status(made_network(net()))) == ([], ("Ready", "Ready"))


@pytest.mark.parametrize(("recorded", "cause"), [(True, "drift"), (False, "missing")])
def test_one_that_somebody_removed_is_made_again(recorded: bool, cause: str) -> None:
    seen = NetworkWorld(net(), record(net()) if recorded else None)

    assert (deed_names(seen), plan(seen).changes[0].fields[0].cause) == (["CreateNetwork"], cause)


def test_a_strangers_network_of_the_name_is_a_conflict_that_shows_what_is_missing() -> None:
    seen = NetworkWorld(net(), found=(STRANGER,))

    assert (deed_names(seen), status(seen)) == ([], ("Conflict", "NameTaken"))
    assert [change.action for change in plan(seen).changes] == ["create"]


def test_of_several_of_the_name_the_lowest_of_ours_counts() -> None:
    ours = frozenset({"net-1", "net-2"})
    found = (STRANGER, Network("net-2", "shop_back"), Network("net-1", "shop_back"))
    changed = NetworkWorld(net(2, internal=True), record(net()), found, ours)

    removal = next(action for action in plan(changed).actions if isinstance(action, RemoveNetwork))
    assert removal.network_id == "net-1"


def test_an_external_one_is_never_made() -> None:
    assert status(NetworkWorld(net(external=True))) == ("Pending", "ExternalMissing")
    assert deed_names(NetworkWorld(net(external=True))) == []
    assert status(NetworkWorld(net(external=True), found=(STRANGER,))) == ("Ready", "External")


# changes


def test_a_change_takes_a_new_network_with_our_containers_taken_off_the_old_one() -> None:
    seen = replace(made_network(net(2, internal=True), net(), containers={"c1": "shop-web-1"}), members=MEMBERS)
    actions = plan(seen).actions

    assert [type(one) for one in actions] == [Disconnect, RemoveNetwork, CreateNetwork]
    assert getattr(actions[0], "container_id", "") == "c1"


def test_each_field_is_shown() -> None:
    [change] = plan(made_network(net(2, internal=True, labels={"a": "2"}), net(labels={"a": "1"}))).changes

    assert [(one.path, one.declared, one.observed) for one in change.fields] == [
        ("spec.internal", True, None),
        ("spec.labels.a", "2", "1"),
    ]


def test_writing_out_a_default_is_only_recorded() -> None:
    seen = made_network(net(2, internal=False, labels={}), net())

    assert (deed_names(seen), plan(seen).changes) == (["AcceptResource"], ())


def test_the_containers_that_are_reconnected_are_named() -> None:
    seen = replace(made_network(net(2, internal=True), net()), joined=("shop-web-1",))
    told = plan(seen).changes[0].fields[-1]

    assert (told.path, told.observed, told.effect) == ("status.containers", ["shop-web-1"], "reconnect")


def test_an_address_pool_that_somebody_has_holds_it_before_anything_is_lost() -> None:
    pool = {"config": [{"subnet": "10.7.0.0/16"}]}
    other = Network("net-9", "elsewhere", subnets=(Subnet("10.7.3.0/24"),))
    seen = replace(made_network(net(2, ipam=pool), net()), others=(other,))

    assert (deed_names(seen), status(seen)) == ([], ("Held", "SubnetTaken"))
    assert plan(seen).status.message == 'subnet 10.7.0.0/16 overlaps with 10.7.3.0/24 of the network "elsewhere"'


def test_its_own_former_pool_is_in_nobodys_way() -> None:
    before, after = (net(n, ipam={"config": [{"subnet": "10.7.0.0/16"}]}, internal=n == 2) for n in (1, 2))
    seen = made_network(after, before, subnets=(Subnet("10.7.0.0/16"),))
    seen = replace(seen, others=seen.found)

    assert deed_names(seen) == ["RemoveNetwork", "CreateNetwork"]


# one whose making nobody recorded


def unrecorded(owner: Stored, **seen: Any) -> NetworkWorld:
    """Return the world of a network of ours whose record was lost."""
    return replace(made_network(owner, **seen), record=None)


def test_one_without_a_record_that_is_as_declared_is_recorded() -> None:
    pools = [{"subnet": "10.7.0.0/16", "gateway": "10.7.0.1"}]
    declared = net(driver="bridge", internal=True, labels={"a": "1"}, ipam={"config": pools})
    seen = {"internal": True, "labels": {"a": "1", "other": "2"}, "subnets": (Subnet("10.7.0.0/16", "10.7.0.1"),)}

    assert deed_names(unrecorded(declared, **seen)) == ["AcceptResource"]


def test_one_without_a_record_still_sees_what_is_declared_otherwise() -> None:
    seen = unrecorded(net(internal=True, driver_opts={"a": "1"}))

    assert [(one.path, one.cause) for one in plan(seen).changes[0].fields] == [
        ("spec.driver_opts.a", "spec"),
        ("spec.internal", "spec"),
    ]


def test_one_that_somebody_made_in_place_of_the_recorded_is_compared_as_it_is() -> None:
    seen = replace(made_network(net(internal=True)), record=record(net(internal=True), "net-0"))

    assert [(one.path, one.cause) for one in plan(seen).changes[0].fields] == [("spec.internal", "drift")]


def test_a_copy_of_the_recorded_one_is_told_and_let_be() -> None:
    found = (Network("net-0", "shop_back"), Network("net-1", "shop_back"))
    both = frozenset({"net-0", "net-1"})
    seen = replace(made_network(net()), found=found, ours=both)
    leaving = replace(made_network(deleted(net())), found=found, ours=both)

    assert (deed_names(seen), status(seen)) == ([], ("Conflict", "AmbiguousName"))
    assert [getattr(one, "network_id", "") for one in plan(leaving).actions] == ["net-1", ""]


@pytest.mark.parametrize("spec", [{}, {"external": True, "name": "shop_back"}])
def test_a_strangers_network_of_the_same_name_is_told_with_both_ids(spec: dict[str, Any]) -> None:
    seen = replace(made_network(net(**spec)), found=(Network("net-1", "shop_back"), STRANGER))

    assert (deed_names(seen), status(seen)) == ([], ("Conflict", "AmbiguousName"))
    assert "net-1 and net-9" in plan(seen).status.message


def test_what_the_engine_can_not_honour_holds_it() -> None:
    seen = replace(made_network(net(enable_ipv4=False)), refused=(("spec.enable_ipv4", "needs Docker API 1.48"),))

    assert (deed_names(seen), status(seen)) == ([], ("Held", "NotSupported"))


def test_a_strangers_container_on_it_keeps_it_and_ours_stay_connected() -> None:
    seen = made_network(net(2, internal=True), net(), containers={"c1": "shop-web-1", "c9": "theirs"})
    seen = replace(seen, members=MEMBERS)

    assert (deed_names(seen), status(seen)) == ([], ("Held", "InUse"))
    assert "theirs" in plan(seen).status.message


# deletion


def test_a_deletion_waits_for_those_who_use_it() -> None:
    seen = replace(made_network(deleted(net())), used_by=("web",))

    assert (deed_names(seen), status(seen)) == ([], ("Deleting", "InUse"))


def test_a_deletion_takes_our_containers_off_and_removes_it() -> None:
    seen = replace(made_network(deleted(net()), containers={"c1": "shop-web-1"}), members=MEMBERS)

    assert deed_names(seen) == ["Disconnect", "RemoveNetwork", "FinishDeletion"]


def test_a_strangers_container_on_it_blocks_the_deletion_by_name() -> None:
    seen = made_network(deleted(net()), containers={"c9": "theirs"})

    assert (deed_names(seen), status(seen)) == ([], ("Deleting", "InUse"))
    assert "theirs" in plan(seen).status.message


def test_all_of_ours_go_when_there_are_several() -> None:
    found = (Network("net-2", "shop_back"), Network("net-1", "shop_back"), STRANGER)
    seen = NetworkWorld(deleted(net()), None, found, frozenset({"net-1", "net-2"}))

    assert [getattr(one, "network_id", "") for one in plan(seen).actions] == ["net-2", "net-1", ""]


@pytest.mark.parametrize(
    "seen",
    [
        NetworkWorld(deleted(net())),
        NetworkWorld(deleted(net()), found=(STRANGER,)),
        NetworkWorld(deleted(net(external=True)), found=(STRANGER,), ours=frozenset({"net-9"})),
    ],
)
def test_what_is_gone_a_strangers_or_external_is_let_be(seen: NetworkWorld) -> None:
    assert deed_names(seen) == ["FinishDeletion"]
