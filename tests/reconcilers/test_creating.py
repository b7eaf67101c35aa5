"""What must be there before a container is made, and what is said while it is not."""

from dataclasses import replace
from typing import Any

import pytest

from observed_state.volume import Volume
from reconcilers.actions import CreateInstance, Pull
from reconcilers.world import DependencyFact, ImageFact
from tests.reconcilers.worlds import (
    LONG_AGO,
    NOON,
    WEB,
    deed_names,
    deeds,
    fields,
    foreign,
    image_fact,
    later,
    plan,
    status,
    web,
    world,
)

MISSING = ImageFact("busybox")


def test_what_is_declared_and_absent_is_made_and_started() -> None:
    [create] = deeds(world(WEB))

    assert create == CreateInstance(
        "declared but absent", "", 1, name="shop-web-1", final_name="shop-web-1", start=True
    )


def test_it_is_shown_as_missing() -> None:
    [field] = fields(world(WEB))

    assert (field.path, field.declared, field.observed, field.cause) == ("status.state", "running", "absent", "missing")


def test_it_is_made_before_its_dependencies_are_ready_and_not_started() -> None:
    owner = web(depends_on=["db"])

    [create] = deeds(world(owner, dependencies={"db": DependencyFact("waiting")}))

    assert isinstance(create, CreateInstance)
    assert not create.start


def test_a_container_name_is_used_as_it_is() -> None:
    [create] = deeds(world(web(container_name="shop")))

    assert isinstance(create, CreateInstance)
    assert create.name == "shop"


def test_an_image_that_is_missing_is_pulled_first() -> None:
    [pull] = deeds(world(web(platform="linux/arm64"), image=MISSING))

    assert pull == Pull("image busybox is needed", reference="busybox", platform="linux/arm64")


def test_one_pull_serves_all_replicas() -> None:
    assert deed_names(world(web(replicas=3), image=MISSING)) == ["Pull"]


def test_an_image_that_is_never_to_be_pulled_holds() -> None:
    seen = world(web(pull_policy="never"), image=MISSING)

    assert (deeds(seen), status(seen)) == ([], ("Held", "ImageMissing"))


def test_a_failed_pull_waits_for_its_next_try() -> None:
    failed = replace(MISSING, failure="no such image", retry_at=later(10))
    seen = world(WEB, image=failed)

    assert (deeds(seen), plan(seen).requeue_at) == ([], later(10))
    assert plan(seen).status.message == "no such image"
    assert deed_names(seen, later(10)) == ["Pull"]


def test_always_pulls_once_for_each_revision() -> None:
    owner = web(pull_policy="always")
    before = image_fact(fetched_at=LONG_AGO.replace(year=2025))

    assert deed_names(world(owner, image=image_fact())) == ["Pull"]
    assert deed_names(world(owner, image=before)) == ["Pull"]
    assert deed_names(world(owner, image=image_fact(fetched_at=NOON))) == ["CreateInstance"]


def test_an_image_that_a_resource_provides_is_that_resources_business() -> None:
    seen = world(WEB, image=replace(MISSING, managed=True, failure="build failed"))

    assert (deeds(seen), status(seen)) == ([], ("Pending", "ImageNotReady"))
    assert plan(seen).status.message == "build failed"


@pytest.mark.parametrize("kind", ["networks", "volumes", "parents"])
def test_what_it_refers_to_has_to_be_there(kind: str) -> None:
    absent: dict[str, Any] = {kind: {"data": None}}
    seen = world(WEB, **absent)

    assert (deeds(seen), status(seen)) == ([], ("Pending", "DependencyMissing"))
    assert "data is not there yet" in plan(seen).status.message


def test_what_it_refers_to_may_be_there() -> None:
    seen = world(WEB, volumes={"data": Volume("shop_data")}, parents={"ipc": "c" * 64})

    assert deed_names(seen) == ["CreateInstance"]


def test_what_the_engine_can_not_do_is_held_with_each_field() -> None:
    seen = world(WEB, refused=(("annotations", "needs API 1.43"), ("x.y", "needs API 1.45")))

    assert (deeds(seen), status(seen)) == ([], ("Held", "NotSupported"))
    assert "annotations: needs API 1.43; x.y: needs API 1.45" in plan(seen).status.message


def test_a_name_that_a_foreign_container_holds_is_a_conflict() -> None:
    seen = world(WEB, holders=foreign())

    assert (deeds(seen), status(seen)) == ([], ("Conflict", "NameTaken"))
    assert "ffffffffffff" in plan(seen).status.message


def test_a_conflict_clears_when_the_name_is_free() -> None:
    assert deed_names(world(WEB, holders=foreign("somebody-elses"))) == ["CreateInstance"]


def test_a_conflict_of_one_replica_leaves_the_others_alone() -> None:
    [create] = deeds(world(web(replicas=2), holders=foreign("shop-web-2")))

    assert create.slot == 1
