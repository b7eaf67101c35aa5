"""What one volume needs. Nothing here ever costs data that nobody gave up."""

from dataclasses import replace

import pytest

from observed_state.volume import Volume
from reconcilers.actions import CreateVolume, RemoveVolume
from reconcilers.world import VolumeWorld
from tests.reconcilers.resource_worlds import deed_names, deleted, made_volume, plan, record, status, vol

STRANGER = Volume("shop_data")


def test_what_is_declared_and_absent_is_made() -> None:
    [create] = plan(VolumeWorld(vol(driver="local"))).actions

    assert isinstance(create, CreateVolume)
    assert (create.name, create.spec.driver) == ("shop_data", "local")


def test_one_that_somebody_removed_is_made_again_and_shown_as_drift() -> None:
    seen = VolumeWorld(vol(), record(vol()))

    assert (deed_names(seen), plan(seen).changes[0].fields[0].cause) == (["CreateVolume"], "drift")


def test_what_is_there_is_ready() -> None:
    assert (deed_names(made_volume(vol())), status(made_volume(vol()))) == ([], ("Ready", "Ready"))


def test_a_strangers_volume_of_the_name_is_a_conflict() -> None:
    seen = VolumeWorld(vol(), found=STRANGER)

    assert (deed_names(seen), status(seen)) == ([], ("Conflict", "NameTaken"))


@pytest.mark.parametrize(("found", "phase"), [(STRANGER, "Ready"), (None, "Pending")])
def test_an_external_one_is_never_made(found: Volume | None, phase: str) -> None:
    seen = VolumeWorld(vol(external=True), found=found)

    assert (deed_names(seen), status(seen)[0]) == ([], phase)


def test_a_change_is_shown_and_never_made() -> None:
    seen = made_volume(vol(2, driver_opts={"type": "nfs"}), vol())

    assert (deed_names(seen), status(seen)) == ([], ("Ready", "NotHonoured"))
    assert [(one.path, one.effect) for one in plan(seen).changes[0].fields] == [("spec.driver_opts.type", "none")]


def test_what_becomes_of_it_later_may_change_freely() -> None:
    assert plan(made_volume(vol(2, reclaim="delete"), vol())).changes == ()


# deletion


def test_its_data_outlives_the_resource() -> None:
    assert deed_names(made_volume(deleted(vol()))) == ["FinishDeletion"]


def test_it_is_removed_when_that_was_declared() -> None:
    removal, finish = plan(made_volume(deleted(vol(reclaim="delete")))).actions

    assert isinstance(removal, RemoveVolume)
    assert (removal.name, type(finish).__name__) == ("shop_data", "FinishDeletion")


def test_a_deletion_waits_for_those_who_use_it() -> None:
    seen = replace(made_volume(deleted(vol(reclaim="delete"))), used_by=("db",))

    assert (deed_names(seen), status(seen)) == ([], ("Deleting", "InUse"))


@pytest.mark.parametrize(
    "seen",
    [
        VolumeWorld(deleted(vol(reclaim="delete"))),
        VolumeWorld(deleted(vol(reclaim="delete")), found=STRANGER),
        VolumeWorld(deleted(vol(reclaim="delete", external=True)), found=STRANGER, labelled=True),
    ],
)
def test_what_is_gone_a_strangers_or_external_is_let_be(seen: VolumeWorld) -> None:
    assert deed_names(seen) == ["FinishDeletion"]
