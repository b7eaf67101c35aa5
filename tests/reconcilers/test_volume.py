"""What one volume needs. Nothing here ever costs data that nobody gave up."""

from dataclasses import replace
from datetime import timedelta

import pytest

from observed_state.volume import Volume
from reconcilers.actions import CreateVolume, RemoveVolume
from reconcilers.world import VolumeWorld
from tests.reconcilers.resource_worlds import deed_names, deleted, made_volume, plan, record, status, vol
from tests.reconcilers.worlds import NOON

HOUR = timedelta(hours=1)
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


def test_one_without_a_record_still_sees_what_is_declared_otherwise() -> None:
    seen = VolumeWorld(vol(driver_opts={"type": "nfs"}), None, Volume("shop_data"), labelled=True)

    assert (deed_names(seen), status(seen)) == ([], ("Ready", "NotHonoured"))


def test_one_without_a_record_that_is_as_declared_is_recorded() -> None:
    found = Volume("shop_data", labels={"a": "1", "other": "2"})

    assert deed_names(VolumeWorld(vol(labels={"a": "1"}), None, found, labelled=True)) == ["AcceptResource"]


# a new one, by a person's word


def asked_anew(made: timedelta = -HOUR, *, holders: tuple[str, ...] = ()) -> VolumeWorld:
    """Return the world of a volume that somebody wants anew since noon."""
    owner = replace(vol(), renew_requested=NOON)
    kept = replace(record(owner, "shop_data"), created_at=NOON + made)
    return VolumeWorld(owner, kept, Volume("shop_data"), labelled=True, holders=holders)


def test_a_new_one_is_made_when_no_container_has_the_old_one() -> None:
    assert deed_names(asked_anew()) == ["RemoveVolume", "CreateVolume"]


def test_a_new_one_waits_for_its_containers_and_looks_again() -> None:
    decision = plan(asked_anew(holders=("shop-db-1",)))

    assert (decision.actions, decision.status.reason) == ((), "Renewing")
    assert "shop-db-1" in decision.status.message
    assert decision.requeue_at is not None


def test_one_made_since_it_was_asked_for_is_kept() -> None:
    assert deed_names(asked_anew(HOUR)) == []


def test_one_that_nobody_recorded_is_never_made_anew() -> None:
    assert "RemoveVolume" not in deed_names(replace(asked_anew(), record=None))


def test_what_becomes_of_it_later_may_change_freely() -> None:
    assert plan(made_volume(vol(2, reclaim="delete"), vol())).changes == ()


def test_an_external_one_that_is_missing_is_named() -> None:
    assert status(VolumeWorld(vol(external=True))) == ("Pending", "ExternalMissing")
    assert 'volume "data" is declared external' in plan(VolumeWorld(vol(external=True))).status.message


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
