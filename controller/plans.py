"""A plan with a name: what was compared, so that it can be carried out as it was shown, or refused with what moved.

The name is a digest of the documents and of everything the plan rests on; nothing has to be kept to check
it. What a plan rested on is noted in the state folder besides, so that a refusal can say what has moved.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desired_state.key import Key
from desired_state.resource import Resource, to_document
from reconcilers.decision import Change
from reconcilers.fingerprint import ABSENT, Aspects, digest, is_hidden

ID = re.compile(r"[0-9a-f]{12}")
_FOLDER = "plans"
_KEPT = 200
_NAMED = 12


@dataclass(frozen=True, slots=True)
class Basis:
    """What a plan rests on. `documents` are digests by key; `prune` says what happens to what they leave out."""

    resources: Mapping[str, Aspects]
    documents: Mapping[str, str] = field(default_factory=dict)
    prune: bool = False

    @property
    def id(self) -> str:
        """The plan's name."""
        return digest(self.plain())

    def plain(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        resources = {key: dict(known) for key, known in self.resources.items()}
        return {"resources": resources, "documents": dict(self.documents), "prune": self.prune}


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done, in order, and what that rests on.

    `versions` are those of the resources it is about; `unshown` is what somebody asked not to be told of.
    """

    changes: Sequence[Change]
    basis: Basis
    versions: Mapping[Key, int] = field(default_factory=dict)
    unshown: Sequence[Change] = ()


def documents_of(declared: Sequence[Resource]) -> dict[str, str]:
    """Return digests of declarations by key. Where they were written is not part of what they declare."""
    return {str(one.key): digest({**to_document(one), "source": ""}) for one in declared}


def note(state_dir: Path, basis: Basis) -> None:
    """Remember what a plan rests on. A folder that can't be written costs a refusal its details, nothing more."""
    folder = state_dir / _FOLDER
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        target = folder / basis.id
        if target.exists():
            target.touch()
            return
        draft = folder / f".{basis.id}"
        draft.write_text(json.dumps(basis.plain()))
        draft.replace(target)
        _forget_the_oldest(folder)


def recall(state_dir: Path, plan: str) -> Basis | None:
    """Return what a plan rested on, None when that is not known any more."""
    if not ID.fullmatch(plan):
        return None
    try:
        known = json.loads((state_dir / _FOLDER / plan).read_text())
        return Basis(known["resources"], known["documents"], known["prune"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def moved(then: Basis, now: Basis) -> list[str]:
    """Return what differs between what a plan rested on and how that is now, one sentence each."""
    found = [*_other_documents(then, now), *_moved_resources(then, now)]
    more = len(found) - _NAMED
    return [*found[:_NAMED], *([f"and {more} more"] if more > 0 else [])]


def _forget_the_oldest(folder: Path) -> None:
    notes = sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime, reverse=True)
    for old in notes[_KEPT:]:
        old.unlink(missing_ok=True)


def _other_documents(then: Basis, now: Basis) -> Iterator[str]:
    if then.prune != now.prune:
        yield f"the plan was made {'with' if then.prune else 'without'} --prune"
    for key in sorted(then.documents.keys() | now.documents.keys()):
        before, after = then.documents.get(key), now.documents.get(key)
        if after is None:
            yield f"{key} was declared in the plan's files and is not in these"
        elif before is None:
            yield f"{key} is declared in these files and was not in the plan's"
        elif before != after:
            yield f"{key} is declared otherwise than in the plan's files"


def _moved_resources(then: Basis, now: Basis) -> Iterator[str]:
    for key in sorted(then.resources.keys() | now.resources.keys()):
        before, after = then.resources.get(key, {}), now.resources.get(key, {})
        for aspect in sorted(before.keys() | after.keys()):
            old, new = before.get(aspect, ABSENT), after.get(aspect, ABSENT)
            if old != new:
                yield f"{key}: {_moved(aspect, old, new)}"


def _moved(aspect: str, old: str, new: str) -> str:
    if old == ABSENT and is_hidden(new):
        return f"{aspect} differs now and did not"
    if new == ABSENT and is_hidden(old):
        return f"{aspect} differs no more"
    if is_hidden(old) or is_hidden(new):
        return f"{aspect} is another one now"
    return f"{aspect} is {new} now and was {old}"
