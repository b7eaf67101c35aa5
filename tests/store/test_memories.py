"""What companions remember beyond their own life."""

from datetime import UTC, datetime, timedelta
from functools import partial

from store import memories, retention
from store.database import Store

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_the_last_value_is_kept_until_it_is_forgotten_or_old(store: Store) -> None:
    def recalled(topic: str) -> object:
        return store.read_sync(partial(memories.recall, about="container/shop/web", topic=topic))

    def remember(topic: str, value: dict[str, int] | None, now: datetime = NOON) -> None:
        store.write_sync(partial(memories.remember, about="container/shop/web", topic=topic, value=value, now=now))

    remember("sizing", {"samples": 1})
    remember("sizing", {"samples": 2})
    remember("logs", {"seen": 3}, NOON - timedelta(days=31))
    assert (recalled("sizing"), recalled("logs"), recalled("other")) == ({"samples": 2}, {"seen": 3}, None)

    store.write_sync(partial(retention.purge, now=NOON))
    assert (recalled("sizing"), recalled("logs")) == ({"samples": 2}, None)

    remember("sizing", None)
    assert recalled("sizing") is None

    remember("sizing", {"samples": 3})
    store.write_sync(partial(memories.forget, about="container/shop/web"))
    assert recalled("sizing") is None
