"""What stands behind the deeds of a reconcile: noted when they are planned, recorded with each of them."""

from collections.abc import Iterator, Sequence
from typing import Any

from controller.redaction import shown
from desired_state.key import Key
from reconcilers.decision import Change, FieldChange

# A value longer than this, as text, says no more than its beginning.
_LONGEST = 500


class Causes:
    """The newest differences of each resource, as they stood when its next deeds were planned."""

    def __init__(self) -> None:
        self._changes: dict[Key, Sequence[Change]] = {}

    def note(self, key: Key, changes: Sequence[Change]) -> None:
        """Remember what differs, before anything is done about it."""
        self._changes[key] = changes

    def forget(self, key: Key) -> None:
        """Forget a resource that is gone."""
        self._changes.pop(key, None)

    def behind(self, key: Key, container: str) -> list[dict[str, Any]]:
        """Return the differences that a deed on a container ("": on the resource as a whole) answers, JSON-ready."""
        return [_evidence(field) for field in self._fields(key, container)]

    def _fields(self, key: Key, container: str) -> Iterator[FieldChange]:
        for change in self._changes.get(key, ()):
            if not container or change.instance in ("", container):
                yield from change.fields


def _evidence(field: FieldChange) -> dict[str, Any]:
    return {
        "path": field.path,
        "declared": _short(shown(field.path, field.declared)),
        "observed": _short(shown(field.path, field.observed)),
        "cause": field.cause,
        "evidence": field.evidence,
    }


def _short(value: Any) -> Any:
    text = value if isinstance(value, str) else repr(value)
    return value if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
