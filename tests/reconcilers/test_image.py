"""What one image needs: fetched, built, or nothing."""

from dataclasses import replace
from typing import Any

import pytest

from observed_state.image import Image
from reconcilers.actions import BuildImage, Pull
from reconcilers.world import ImageFact
from tests.reconcilers.resource_worlds import deed_names, deleted, image_world, img, plan, status
from tests.reconcilers.worlds import later

ABSENT = ImageFact("shop/api:1", managed=True)
THERE = replace(ABSENT, image=Image("sha256:1"))
BUILT: dict[str, Any] = {"build": "/src"}


def test_what_is_missing_is_pulled() -> None:
    [pull] = plan(image_world(img(), ABSENT)).actions

    assert isinstance(pull, Pull)
    assert pull.reference == "shop/api:1"


def test_what_is_to_be_built_is_built() -> None:
    [build] = plan(image_world(img(**BUILT), ABSENT)).actions

    assert isinstance(build, BuildImage)
    assert (build.tag, build.build and build.build.context) == ("shop/api:1", "/src")


def test_what_is_there_is_ready() -> None:
    assert (deed_names(image_world(img(), THERE)), status(image_world(img(), THERE))) == ([], ("Ready", "Ready"))


@pytest.mark.parametrize("spec", [BUILT, {"pull_policy": "always"}])
def test_what_ergon_never_fetched_itself_is_fetched_once(spec: dict[str, Any]) -> None:
    owner = img(**spec)

    assert len(deed_names(image_world(owner, THERE))) == 1
    assert deed_names(image_world(owner, THERE, owner)) == []


def test_a_new_spec_is_fetched_or_built_anew() -> None:
    assert deed_names(image_world(img(2, build={"context": "/src", "target": "x"}), THERE, img(**BUILT))) == [
        "BuildImage"
    ]


def test_one_that_somebody_removed_is_drift() -> None:
    assert plan(image_world(img(), ABSENT, img())).changes[0].fields[0].cause == "drift"


def test_never_holds_what_is_missing_and_is_content_with_what_is_there() -> None:
    never = img(2, pull_policy="never")

    assert (deed_names(image_world(never, ABSENT)), status(image_world(never, ABSENT))) == (
        [],
        ("Held", "ImageMissing"),
    )
    assert status(image_world(never, THERE, img())) == ("Ready", "Ready")


def test_a_failure_waits_for_its_next_try_and_says_why() -> None:
    seen = image_world(img(), replace(ABSENT, failure="denied", retry_at=later(60)))

    assert (deed_names(seen), plan(seen).requeue_at) == ([], later(60))
    assert (status(seen), plan(seen).status.message) == (("Pending", "ImageFailed"), "denied")


def test_a_failure_whose_wait_is_over_is_tried_again() -> None:
    assert deed_names(image_world(img(), replace(ABSENT, failure="denied", retry_at=later(0)))) == ["Pull"]


def test_a_deletion_leaves_the_image_and_waits_for_those_who_use_it() -> None:
    assert deed_names(image_world(deleted(img()), THERE)) == ["FinishDeletion"]
    assert deed_names(replace(image_world(deleted(img()), THERE), used_by=("web",))) == []
