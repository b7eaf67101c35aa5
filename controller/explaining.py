"""Say why each container was made, started, stopped and changed: from what was recorded then, never guessed now."""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from controller.journal import told
from controller.views import cause, moment
from desired_state.key import Key
from store import actions, audit, exit_reports, exits, periods, revisions
from store.exit_reports import Report
from store.revisions import RanWith
from store.tables import ActionRecord, AuditRecord, Exit, Revision

Json = dict[str, Any]

# So many deeds of one resource are looked at: a container that crashed for a day has about as many.
_DEEDS = 2000
# What a person asked for, by the words with which planners name it as a reason.
_REQUESTS = {"a restart was asked for": "restart", "a stop was asked for": "stop"}


@dataclass(frozen=True, slots=True)
class Record:
    """All that is recorded about one resource's deeds, oldest first."""

    deeds: Sequence[ActionRecord]
    exits: Sequence[Exit] = ()
    revisions: Sequence[Revision] = ()
    images: Sequence[RanWith] = ()
    requests: Sequence[AuditRecord] = ()
    outages: dict[int, str] = field(default_factory=dict)
    reports: Mapping[int, Report] = field(default_factory=dict)


def read(session: Session, key: Key) -> Record:
    """Return what the store knows about one resource, declared or deleted; `outages` are in words, by exit."""
    kept = revisions.last_life(session, key)
    ends = exits.of(session, key, _DEEDS)
    return Record(
        deeds=actions.of(session, key, _DEEDS),
        exits=ends,
        revisions=kept,
        images=revisions.images_of(session, kept[0].resource_uid) if kept else (),
        requests=audit.recent(session, key=key, limit=_DEEDS),
        outages={one.id: text for one in ends if (text := _outage(session, one))},
        reports=exit_reports.of(session, ends),
    )


def _outage(session: Session, end: Exit) -> str:
    if end.finished_at is None or end.reason != "ended with the Docker daemon":
        return ""
    period = periods.around(session, "outage", end.finished_at)
    if period is None:
        return ""
    until = f"until {period.ended_at:%Y-%m-%d %H:%M:%S}Z" if period.ended_at else "and still is"
    return f"the daemon was away from {period.began_at:%Y-%m-%d %H:%M:%S}Z {until}: {period.message}"


def deeds_by_container(record: Record) -> dict[str, list[Json]]:
    """Return what was done to each container (""; to the resource as a whole), newest first, with its evidence."""
    found: defaultdict[str, list[Json]] = defaultdict(list)
    before: dict[str, ActionRecord] = {}
    for deed in record.deeds:
        found[deed.container].insert(0, _told(record, deed, before.get(deed.container)))
        before[deed.container] = deed
    return dict(found)


def _told(record: Record, deed: ActionRecord, before: ActionRecord | None) -> Json:
    return {
        "what": _what(record, deed, before),
        "action": deed.action,
        "at": moment(deed.started_at),
        "finished_at": moment(deed.finished_at),
        "outcome": deed.outcome or "unfinished",
        "error": deed.error,
        "reason": deed.reason,
        "generation": deed.generation,
        "instance": deed.instance,
        "evidence": [
            *_differences(record, deed),
            *_end(record, deed, before),
            *_request(record, deed),
            *_declaration(record, deed, before),
        ],
    }


def _what(record: Record, deed: ActionRecord, before: ActionRecord | None) -> str:
    """Return the deed in one word for people."""
    if deed.action == "CreateInstance" and before is not None:
        return "replaced" if deed.reason.startswith("changed:") else "created again"
    halted = before is not None and (before.action, before.instance) == ("Stop", deed.instance)
    if deed.action == "Start" and (halted or _last_end(record, deed, None)):
        return "restarted"
    return told(deed.action).lower()


def _differences(record: Record, deed: ActionRecord) -> Iterator[Json]:
    """Yield what differed when the deed was planned."""
    for one in json.loads(deed.evidence):
        if one["path"] == "status.state" and (one["cause"] == "missing" or deed.action in ("Stop", "RemoveInstance")):
            # That it does not run yet, or that its successor does not, says no more than the reason.
            continue
        change = f"{one['path']}: {_value(one['observed'])} -> {_value(one['declared'])}"
        text = f"{change} ({one['evidence']})" if one["evidence"] else change
        if one["cause"] == "image":
            text += _digests(record, deed)
        yield {"kind": one["cause"], "at": None, "text": text, "details": one}


def _digests(record: Record, deed: ActionRecord) -> str:
    known = [f"{one.image_id.removeprefix('sha256:')[:12]} is {one.digest}" for one in record.images if one.digest]
    return f" ({'; '.join(known)})" if known and deed.action == "CreateInstance" else ""


def _end(record: Record, deed: ActionRecord, before: ActionRecord | None) -> Iterator[Json]:
    """Yield the end of the run that a start or a removal follows."""
    if deed.action not in ("Start", "CreateInstance", "Forget", "RemoveInstance"):
        return
    end = _last_end(record, deed, before)
    if end is None:
        return
    oom = ", out of memory" if end.oom_killed else ""
    why = record.outages.get(end.id) or end.evidence or end.error
    counted = "" if end.counted else "; it does not count as a crash"
    report = record.reports.get(end.id)
    reason = cause(end, report)
    text = f"its run ended with exit code {end.exit_code}{oom}: {reason}{f' ({why})' if why else ''}{counted}"
    details = {
        "exit_code": end.exit_code,
        "oom_killed": end.oom_killed,
        "reason": end.reason,
        "evidence": end.evidence,
        "counted": end.counted,
        "started_at": moment(end.started_at),
        "finding": report.finding if report else None,
    }
    yield {"kind": "exit", "at": moment(end.finished_at), "text": text, "details": details}


def _last_end(record: Record, deed: ActionRecord, before: ActionRecord | None) -> Exit | None:
    """Return the last end of this instance's runs that was on record when the deed began, and after the one before."""
    place = bisect_right(record.exits, deed.started_at, key=lambda end: end.recorded_at)
    ends = (end for end in reversed(record.exits[:place]) if end.instance == deed.instance)
    end = next(ends, None)
    if end is None or before is None or before.action not in ("Start", "CreateInstance"):
        return end
    return end if end.recorded_at >= before.started_at else None


def _request(record: Record, deed: ActionRecord) -> Iterator[Json]:
    """Yield who asked for it, where a person did."""
    verb = _REQUESTS.get(deed.reason)
    asked = [one for one in record.requests if one.verb == verb and one.at <= deed.started_at]
    if asked:
        newest = asked[-1]
        details = {"actor": newest.actor, "verb": newest.verb}
        text = f"{newest.actor} asked for a {newest.verb}"
        yield {"kind": "request", "at": moment(newest.at), "text": text, "details": details}


def _declaration(record: Record, deed: ActionRecord, before: ActionRecord | None) -> Iterator[Json]:
    """Yield who declared the generation that the deed was the first to bring about."""
    if before is not None and before.generation == deed.generation:
        return
    revision = next((one for one in record.revisions if one.generation == deed.generation), None)
    if revision is None:
        yield {
            "kind": "revision",
            "at": None,
            "text": f"generation {deed.generation} is not recorded any more",
            "details": {"generation": deed.generation},
        }
        return
    source = f" in {revision.source}" if revision.source else ""
    text = f"generation {revision.generation} was declared by {revision.actor}{source}"
    details = {"generation": revision.generation, "actor": revision.actor, "source": revision.source}
    yield {"kind": "revision", "at": moment(revision.created_at), "text": text, "details": details}


def _value(value: Any) -> str:
    if value is None:
        return "(unset)"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def oldest(record: Record) -> datetime | None:
    """Return when the first recorded deed was begun, None when none is recorded."""
    return record.deeds[0].started_at if record.deeds else None
