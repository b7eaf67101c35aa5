"""What one network needs."""

from dataclasses import replace

import pytest

from observed_state.network import Network
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


def test_writing_out_a_default_changes_nothing() -> None:
    assert deed_names(made_network(net(2, internal=False, labels={}), net())) == []


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
