"""Events, actions, exits and observations: what happened, what was done, how it ended, what is remembered."""

from datetime import timedelta

from sqlmodel import Session

from store import actions, events, exits, observations
from store.actions import Intent
from tests.store.builders import DB, NOON, WEB

MINUTE = timedelta(minutes=1)


def happened(session: Session, message: str = "exit 137", *, after: timedelta = timedelta()) -> None:
    events.record(session, WEB, type="Warning", reason="Exited", message=message, now=NOON + after, instance="u1")


def test_a_repeated_event_is_counted_and_not_multiplied(session: Session) -> None:
    for minute in range(3):
        happened(session, after=minute * MINUTE)

    [event] = events.recent(session)
    assert (event.count, event.first_seen, event.last_seen) == (3, NOON, NOON + 2 * MINUTE)


def test_other_words_are_another_event(session: Session) -> None:
    happened(session, "exit 137")
    happened(session, "exit 1")

    assert [(event.message, event.count) for event in events.recent(session)] == [("exit 137", 1), ("exit 1", 1)]


def test_the_same_words_about_another_resource_are_another_event(session: Session) -> None:
    events.record(session, WEB, type="Normal", reason="Started", message="started", now=NOON)
    events.record(session, DB, type="Normal", reason="Started", message="started", now=NOON)

    assert [event.key for event in events.recent(session, key=DB)] == [DB]
    assert len(events.recent(session)) == 2


def test_the_same_words_hours_later_are_an_event_of_their_own(session: Session) -> None:
    happened(session)
    happened(session, after=events.REPEATS_WITHIN + MINUTE)

    assert [event.count for event in events.recent(session)] == [1, 1]


def test_a_repeated_event_moves_to_the_end(session: Session) -> None:
    happened(session, "first")
    happened(session, "second", after=MINUTE)
    happened(session, "first", after=2 * MINUTE)

    assert [event.message for event in events.recent(session)] == ["second", "first"]


def test_who_follows_by_id_sees_a_repetition(session: Session) -> None:
    happened(session)
    seen = events.recent(session)[-1].id
    happened(session, after=MINUTE)

    assert [event.count for event in events.recent(session, after_id=seen)] == [2]


def test_who_follows_by_id_misses_nothing_when_limited(session: Session) -> None:
    for word in ("one", "two", "three"):
        happened(session, word)
    first = events.recent(session, after_id=0, limit=2)

    rest = events.recent(session, after_id=first[-1].id, limit=2)

    assert [event.message for event in (*first, *rest)] == ["one", "two", "three"]


def test_the_newest_events_are_returned_oldest_first(session: Session) -> None:
    for minute, word in enumerate(("one", "two", "three")):
        happened(session, word, after=minute * MINUTE)

    assert [event.message for event in events.recent(session, limit=2)] == ["two", "three"]
    assert [event.message for event in events.recent(session, since=NOON + 2 * MINUTE)] == ["three"]


def test_an_event_about_the_engine_has_no_resource(session: Session) -> None:
    events.record(session, None, type="Warning", reason="Unreachable", message="the daemon is gone", now=NOON)

    assert events.recent(session)[0].key == events.NOBODY


def begin(session: Session, action: str = "Start") -> int:
    return actions.begin(session, Intent(WEB, action, "declared", 1, "u1"), NOON)


def test_an_intent_without_a_result_is_unfinished(session: Session) -> None:
    done, cut_off = begin(session), begin(session)

    actions.finish(session, done, outcome="done", now=NOON)

    assert [record.id for record in actions.unfinished(session)] == [cut_off]


def test_a_result_is_kept_with_its_intent(session: Session) -> None:
    actions.finish(session, begin(session), outcome="failed", error="port taken", now=NOON + MINUTE)

    [record] = actions.of(session, WEB)
    assert (record.reason, record.outcome, record.error) == ("declared", "failed", "port taken")
    assert (record.started_at, record.finished_at) == (NOON, NOON + MINUTE)


def test_intents_begun_together_get_their_ids_in_order(session: Session) -> None:
    before = begin(session)

    ids = actions.begin_many(session, [Intent(WEB, "Stop", "old", 1), Intent(DB, "Start", "new", 1)], NOON)

    assert before < ids[0] < ids[1]
    assert [record.action for record in actions.of(session, DB)] == ["Start"]
    assert actions.begin_many(session, [], NOON) == []


def test_the_newest_actions_of_a_resource_are_returned_oldest_first(session: Session) -> None:
    for action in ("Create", "Start", "Stop"):
        begin(session, action)

    assert [record.action for record in actions.of(session, WEB, limit=2)] == ["Start", "Stop"]


def test_exits_of_a_resource_are_returned_oldest_first(session: Session) -> None:
    for code in (1, 137):
        exits.record(
            session,
            WEB,
            instance="u1",
            container_id="a" * 64,
            exit_code=code,
            oom_killed=code == 137,
            started_at=NOON,
            finished_at=NOON + MINUTE,
            reason=f"exit {code}",
            counted=True,
            now=NOON + MINUTE,
        )

    assert [(exit_.exit_code, exit_.oom_killed) for exit_ in exits.of(session, WEB)] == [(1, False), (137, True)]
    assert exits.of(session, DB) == []


def test_an_observation_replaces_the_one_before(session: Session) -> None:
    observations.put(session, "u1", "memory", "[1]", NOON)
    observations.put(session, "u1", "memory", "[1,2]", NOON)
    observations.put(session, "u1", "services", "{}", NOON)

    assert observations.get(session, "u1", "memory") == "[1,2]"
    assert observations.of(session, "u1") == {"memory": "[1,2]", "services": "{}"}


def test_forgetting_a_subject_leaves_the_others(session: Session) -> None:
    observations.put(session, "u1", "memory", "[1]", NOON)
    observations.put(session, "u2", "memory", "[2]", NOON)

    observations.forget(session, "u1")

    assert observations.get(session, "u1", "memory") is None
    assert observations.get(session, "u2", "memory") == "[2]"
