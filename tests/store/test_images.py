"""What is remembered of images: references, versions, and which images Ergon brought."""

from dataclasses import replace
from datetime import timedelta

from sqlmodel import Session

from store import images, retention
from store.images import Owned, Remembered
from tests.store.builders import NOON

KNOWN = Remembered("shop/web:1", NOON, "context", "sha256:1", NOON)


def test_what_is_remembered_of_a_reference_replaces_what_was(session: Session) -> None:
    images.remember(session, Remembered("shop/web:1"), NOON)
    images.remember(session, KNOWN, NOON)

    assert images.references(session) == {"shop/web:1": KNOWN}


def test_versions_keep_the_time_at_which_they_were_first_seen(session: Session) -> None:
    images.add_versions(session, "shop/web", {"1.0.0": NOON})
    images.add_versions(session, "shop/web", {"1.1.0": NOON + timedelta(days=1)})
    images.add_versions(session, "shop/db", {})

    assert images.versions(session) == {"shop/web": {"1.0.0": NOON, "1.1.0": NOON + timedelta(days=1)}}


def test_an_image_is_owned_once_for_each_reference_until_disowned(session: Session) -> None:
    one = Owned("sha256:1", "shop/web:1", "pulled", NOON)
    images.own(session, one)
    images.own(session, one)
    images.own(session, replace(one, reference="shop/web:2"))

    images.disown(session, "sha256:1", "shop/web:2")

    assert images.owned(session) == [one]


def test_what_the_engine_has_no_more_is_owned_no_more(session: Session) -> None:
    for name in ("1", "2"):
        images.own(session, Owned(f"sha256:{name}", f"shop/web:{name}", "built", NOON))

    gone = images.disown_all_but(session, {"sha256:2"})

    assert gone == 1
    assert [one.image_id for one in images.owned(session)] == ["sha256:2"]


def test_what_registries_said_is_forgotten_after_its_time(session: Session) -> None:
    images.remember(session, KNOWN, NOON)
    images.remember(session, replace(KNOWN, reference="shop/new:1"), NOON + timedelta(days=300))
    images.add_versions(session, "shop/web", {"1.0.0": NOON})

    retention.purge(session, NOON + retention.REFERENCES_KEPT + timedelta(days=1))

    assert list(images.references(session)) == ["shop/new:1"]
    assert images.versions(session) == {}
