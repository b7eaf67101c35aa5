"""What people approve about a resource, and the end of it when its difference is gone."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from desired_state.approval import Approval, Verdict
from desired_state.key import Key
from desired_state.resource import Stored
from store import edits, resources

# Verb of the audit trail and reason of the event, by verdict.
_TOLD: dict[Verdict, tuple[str, str]] = {
    "repair": ("approve", "RepairApproved"),
    "accept": ("accept", "DriftAccepted"),
    "reject": ("reject", "RepairRejected"),
    "let-go": ("confirm", "GCConfirmed"),
}


def put(session: Session, key: Key, words: Sequence[Approval], now: datetime) -> Stored:
    """Record words of one verdict and one person; each takes the place of an earlier one on the same difference.

    Raises:
        NotStored
    """
    stored = resources.require(session, key, None)
    about = {word.difference for word in words}
    kept = tuple(one for one in stored.approvals if one.difference not in about)
    verb, reason = _TOLD[words[0].verdict]
    after = replace(stored, approvals=(*kept, *words))
    edit = edits.Edit(stored, after, verb, _message(words), reason)
    return edits.write(session, [edit], actor=words[0].by, now=now)[0]


def end(session: Session, key: Key, ended: Collection[Approval], now: datetime) -> Stored | None:
    """Forget words whose difference is gone; None when the resource is gone as well."""
    stored = resources.get(session, key)
    if stored is None:
        return None
    after = replace(stored, approvals=tuple(one for one in stored.approvals if one not in ended))
    if after == stored:
        return stored
    paths = ", ".join(dict.fromkeys(one.path or "the confirmation" for one in ended))
    edit = edits.Edit(stored, after, "approval-ended", f"settled: {paths}")
    return edits.write(session, [edit], actor="ergon", now=now)[0]


def _message(words: Sequence[Approval]) -> str:
    paths = ", ".join(dict.fromkeys(word.path for word in words if word.path))
    what = {
        "repair": f"repair of {paths} approved",
        "accept": f"{paths} accepted as found",
        "reject": f"repair of {paths} rejected",
        "let-go": "giving up its containers confirmed",
    }[words[0].verdict]
    return f"{what} by {words[0].by}" + (f": {words[0].reason}" if words[0].reason else "")
