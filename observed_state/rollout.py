"""Ergon's own record of an update: what was to be rolled out, how far that came, and what ran before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

RolloutState = Literal["progressing", "paused", "rolled-back", "complete"]


@dataclass(frozen=True, slots=True)
class Edition:
    """What containers are made from: a generation of the spec, and what its image and its files were then.

    `files` is one digest of what all configs and secrets hold. Empty texts: not known, or none.
    """

    generation: int
    image_id: str = ""
    files: str = ""


@dataclass(frozen=True, slots=True)
class Former:
    """What ran well before an update, with all that it takes to run it again.

    `image` is the reference it was made from, `image_id` what that meant; `files` maps paths to digests
    of configs and secrets, `variables` the names of variables likewise.
    """

    generation: int
    spec: Mapping[str, Any]
    image: str = ""
    image_id: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rollout:
    """The newest update of one resource. `since` is when it came into its present state.

    `failure` says why it was paused or rolled back; `former` is None when nothing ran well before,
    and once the update is complete.
    """

    target: Edition
    state: RolloutState
    since: datetime
    failure: str = ""
    former: Former | None = None
