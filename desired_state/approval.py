"""A person's word on one difference between what is declared and what runs, or on a resource as a whole."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

# repair: put it right this once. accept: let it be, and say no more of it. reject: let it be, and go on
# telling. let-go: containers of this resource may be given up although nobody declared so.
Verdict = Literal["repair", "accept", "reject", "let-go"]


@dataclass(frozen=True, slots=True)
class Approval:
    """One word. `difference` says what it is about (`difference_id`), "" for the resource as a whole.

    `path` is the field of the difference.
    """

    verdict: Verdict
    by: str
    at: datetime
    difference: str = ""
    path: str = ""
    reason: str = ""


def declared_in(difference: str) -> Any:
    """Return what the difference of this identity was to become."""
    return json.loads(difference)[3] if difference else None


def difference_id(instance: str, path: str, cause: str, declared: Any, observed: Any) -> str:
    """Return what makes a difference the same as before: another value of the same field is another difference."""
    return json.dumps([instance, path, cause, declared, observed], sort_keys=True)
