"""What a registry offers beyond what is here: chosen by range and age, taken or only told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desired_state.approval import Approval
from desired_state.image_policy import ImagePolicy, OnMove
from observed_state.image import Image
from reconcilers.actions import Pull
from reconcilers.image_conditions import statements
from reconcilers.offers import Choice, chosen_version, moved_tag
from reconcilers.policies import difference_of
from reconcilers.refreshing import refresh
from reconcilers.world import ContainerWorld, ImageFact, Offer
from tests.reconcilers.worlds import NOON, deed_names, later, plan, running, web, world

DAY = 86400.0
HERE = Image("sha256:1", digests=("reg.test/web@sha256:old",))
TAG = "reg.test/web:1"
OFFER = Offer(TAG, NOON, NOON, "sha256:new")


# a tag that moved


def offered(policy: ImagePolicy | None, digest: str = "sha256:new", image: Image | None = HERE) -> Offer | None:
    return moved_tag(TAG, policy, image, digest, NOON)


def test_another_digest_in_the_registry_is_an_offer() -> None:
    assert offered(ImagePolicy(cool_down=60)) == Offer(TAG, NOON, later(60), "sha256:new")


@pytest.mark.parametrize(
    "found",
    [
        offered(None),
        offered(ImagePolicy(on_move="off")),
        offered(ImagePolicy(), "sha256:old"),
        offered(ImagePolicy(), ""),
        offered(ImagePolicy(), image=None),
    ],
)
def test_nothing_is_offered_where_nobody_asks_or_nothing_differs(found: Offer | None) -> None:
    assert found is None


# versions

REPOSITORY = "reg.test/web"
RANGE = ImagePolicy(semver="^1", cool_down=DAY)
OLD_ENOUGH, YOUNG = NOON - timedelta(days=2), NOON - timedelta(hours=1)


def choose(known: Mapping[str, datetime], *here: str, declared: str = "1.0.0", policy: ImagePolicy = RANGE) -> Choice:
    present = [f"{REPOSITORY}:{tag}" for tag in here]
    return chosen_version(f"{REPOSITORY}:{declared}", policy, known, present, NOON)


def test_the_newest_version_that_is_here_is_run_and_a_newer_one_offered() -> None:
    choice = choose({"1.1.0": OLD_ENOUGH, "1.2.0": OLD_ENOUGH, "2.0.0": OLD_ENOUGH}, "1.0.0", "1.1.0")

    assert choice.reference == f"{REPOSITORY}:1.1.0"
    assert choice.offer is not None
    assert choice.offer.reference == f"{REPOSITORY}:1.2.0"


def test_a_version_that_is_too_young_is_passed_over_for_one_that_is_not() -> None:
    choice = choose({"1.1.0": OLD_ENOUGH, "1.2.0": YOUNG}, "1.0.0")

    assert choice.offer is not None
    assert choice.offer.reference == f"{REPOSITORY}:1.1.0"


def test_a_version_that_is_too_young_is_offered_for_later() -> None:
    choice = choose({"1.2.0": YOUNG}, "1.0.0")

    assert choice.offer is not None
    assert choice.offer.usable_at == YOUNG + timedelta(days=1)


def test_an_older_version_than_the_declared_one_is_no_offer() -> None:
    assert choose({"1.0.0": OLD_ENOUGH, "1.1.0": OLD_ENOUGH}, "1.2.0", declared="1.2.0").offer is None


def test_where_nothing_is_here_the_newest_usable_version_is_pulled_first() -> None:
    assert choose({"1.1.0": OLD_ENOUGH, "1.2.0": YOUNG}, declared="latest").reference == f"{REPOSITORY}:1.1.0"


def test_where_no_version_is_known_yet_nothing_is_pulled() -> None:
    assert choose({}, declared="latest").waits == "no version in ^1 is known yet"
    assert "younger than its cool-down" in choose({"1.1.0": YOUNG}, declared="latest").waits


VERSIONS = st.builds("1.{}.{}".format, st.integers(0, 20), st.integers(0, 20))


@given(st.dictionaries(VERSIONS, st.sampled_from([OLD_ENOUGH, YOUNG])), st.sets(VERSIONS, max_size=5))
def test_a_choice_never_goes_back_and_never_offers_what_is_here(known: dict[str, datetime], here: set[str]) -> None:
    choice = choose(known, "1.0.0", *here)

    def number(reference: str) -> tuple[int, ...]:
        return tuple(int(part) for part in reference.rpartition(":")[2].split("."))

    assert number(choice.reference) >= (1, 0, 0)
    if choice.offer:
        assert number(choice.offer.reference) > number(choice.reference)
        assert choice.offer.reference.rpartition(":")[2] in known
        assert choice.offer.reference.rpartition(":")[2] not in here


# when it is fetched

FACT = ImageFact(TAG, HERE, fetched_at=NOON)


def due(fact: ImageFact, policy: str | None = None, on_move: OnMove = "auto") -> tuple[str, datetime | None]:
    found = refresh(fact, policy, on_move, NOON)
    return found.pull.reference if found.pull else "", found.look_at


def fact(**more: object) -> ImageFact:
    return replace(FACT, **more)  # type: ignore[arg-type]  # the fields of a fact


@pytest.mark.parametrize(
    ("seen", "policy", "on_move", "expected"),
    [
        (fact(), None, "auto", ("", None)),
        (fact(), "daily", "auto", ("", later(DAY))),
        (fact(fetched_at=later(-DAY)), "daily", "auto", (TAG, None)),
        (fact(fetched_at=None), "daily", "auto", (TAG, None)),
        (fact(fetched_at=later(-DAY), fetching="pulling"), "daily", "auto", ("", None)),
        (fact(fetched_at=later(-DAY), failure="denied", retry_at=later(9)), "daily", "auto", ("", later(9))),
        (fact(offer=OFFER), None, "auto", (TAG, None)),
        (fact(offer=OFFER), None, "notify", ("", None)),
        (fact(offer=Offer(TAG, NOON, later(60))), None, "auto", ("", later(60))),
        (ImageFact(TAG), "daily", "auto", ("", None)),
    ],
)
def test_an_image_is_fetched_again_when_that_is_due(
    seen: ImageFact, policy: str | None, on_move: OnMove, expected: tuple[str, datetime | None]
) -> None:
    assert due(seen, policy, on_move) == expected


# what it means for containers

WEB = web(image=TAG)


def test_an_offer_that_is_taken_is_pulled_while_the_container_runs_on() -> None:
    seen = world(WEB, running(WEB), image=fact(image=Image("sha256:1111"), offer=OFFER))

    assert "Pull" in deed_names(seen)
    assert "CreateInstance" not in deed_names(seen)


def moved_to(*words: Approval, image: str = "sha256:1111") -> ContainerWorld:
    """Return a world whose tag means another image in its registry, and maybe here, and in which people decide."""
    declared = replace(WEB, approvals=words)
    here = Image(image, digests=("reg.test/web@new",) if image != "sha256:1111" else ())
    return world(
        declared, running(WEB), image=fact(image=here, offer=None if here.digests else OFFER), on_move="notify"
    )


def word(verdict: Literal["repair", "accept"]) -> Approval:
    [(name, field)] = [(change.instance, one) for change in plan(moved_to()).changes for one in change.fields]
    return Approval(verdict, "ann", NOON, difference_of(name, field), field.path)


def test_an_offer_that_a_person_decides_on_is_a_difference_without_a_deed() -> None:
    [change] = plan(moved_to()).changes

    [field] = change.fields
    assert (field.path, field.declared, field.policy, field.effect) == ("spec.image", f"{TAG}@new", "ask", "recreate")
    assert (change.action, change.outlook.when) == ("none", "waits")
    assert deed_names(moved_to()) == []


def test_an_offer_that_is_approved_is_pulled_first_and_taken_once_it_is_here() -> None:
    taken = word("repair")

    assert [deed_names(moved_to(taken)), deed_names(moved_to(taken, image="sha256:2222"))] == [
        ["Pull"],
        ["BeginUpdate", "CreateInstance"],
    ]
    assert deed_names(moved_to(word("accept"), image="sha256:2222")) == []


def test_what_is_made_anew_from_the_image_that_ran_is_not_fetched_first() -> None:
    ran, moved = Image("sha256:1111"), fact(image=Image("sha256:2222"))
    declared = web(image=TAG, pull_policy="always")

    seen = world(declared, image=ImageFact(ran.id, ran), tag=moved, on_move="off")

    assert deed_names(seen) == ["CreateInstance"]


@pytest.mark.parametrize(("on_move", "deeds"), [("auto", ["CreateInstance"]), ("notify", []), ("off", [])])
def test_a_tag_that_moved_here_is_followed_told_or_left_alone(on_move: OnMove, deeds: list[str]) -> None:
    seen = world(WEB, running(WEB), image=fact(image=Image("sha256:2222")), on_move=on_move)

    assert deed_names(seen)[-1:] == deeds


def test_what_is_to_be_said_of_an_image_is_said_as_conditions() -> None:
    seen = world(
        WEB, running(WEB), image=fact(offer=Offer(TAG, NOON, later(DAY)), failure="denied", unchecked="no answer")
    )

    said = {kind: (holds, message) for kind, holds, _, message in statements(seen)}

    since = "is in the registry since 2026-05-01 12:00, not to be taken before 2026-05-02 12:00"
    assert said["ImageOffered"] == (True, f"{TAG} {since}")
    assert said["ImageRefreshed"] == (False, "denied; what runs is left as it is")
    assert said["RegistryAsked"] == (False, "no answer")


def test_a_pull_carries_why() -> None:
    found = refresh(fact(offer=OFFER), None, "auto", NOON)

    assert isinstance(found.pull, Pull)
    assert found.pull.reason == f"its registry has {TAG}@new since 2026-05-01 12:00"
