"""Ergon's own record of one container it made (or adopted), and of how its runs ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from observed_state.container import Container

InstancePhase = Literal["pending", "created", "removing"]
Role = Literal["main", "run", "init"]


@dataclass(frozen=True, slots=True)
class Restarts:
    """How the runs of one instance ended. Survives controller restarts.

    `failures` counts the crashes of the present backoff window; `total` every restart Ergon made.
    `held` is the reason of a deterministic failure, "" when none; `retry_at` the earliest next try.
    `began` is the last start that followed no crash: the tries since then are one attempt at a job.
    `unended` is set by each start until the end of that run is recorded: no clock tells whether the last end
    is that of the last start, for a short run is over before Docker has answered.
    `hooked` is the start of the run whose post_start hooks were run last, `hook_error` why one failed, "" when none.
    `ended` is the reason for which Ergon ended the run for good (`DeadlineExceeded`), "" when it did not.
    `last_exit_by_hand`: a person ended the last run.
    """

    total: int = 0
    failures: int = 0
    last_restart: datetime | None = None
    last_exit_at: datetime | None = None
    last_exit_code: int | None = None
    last_exit_by_hand: bool = False
    last_reason: str = ""
    held: str = ""
    retry_at: datetime | None = None
    began: datetime | None = None
    unended: bool = False
    ended: str = ""
    hooked: datetime | None = None
    hook_error: str = ""


@dataclass(frozen=True, slots=True)
class Instance:
    """One container of a `Container` resource, recorded before Docker is asked to make it.

    `uid` is also the value of the container's `ergon.dev/instance` label. `name` is the name it was
    created under, `final_name` the one it ends with. `spec` is the canonical declared spec it was
    made from (and is moved forward by live updates), `generation` that spec's generation.
    `resolved` holds what names meant at that moment: `image_id`, `networks` (name to id),
    `parent` (container id), `files` (path to hash); of an `adopted` one also how it was `found`, to be
    given back: its restart policy. `baseline` is the inspect right after create;
    None while pending. `stop_expected` is set while Ergon itself stops it, so that the exit does
    not count as a crash. `role` says what it is for: one of the replicas, one run of a schedule (its slot is the
    run's number), or a `step` (from 1) of what comes before a replica of that slot, or (0) before any. `ready_at`
    is when a successor was first seen ready in its present run, None for what took over from nobody.
    """

    uid: str
    kind: str
    namespace: str
    owner: str
    owner_uid: str
    slot: int
    name: str
    final_name: str
    generation: int
    phase: InstancePhase = "pending"
    container_id: str | None = None
    spec: Mapping[str, Any] = field(default_factory=dict)
    resolved: Mapping[str, Any] = field(default_factory=dict)
    baseline: Container | None = None
    warnings: tuple[str, ...] = ()
    restarts: Restarts = Restarts()
    stop_expected: bool = False
    adopted: bool = False
    role: Role = "main"
    step: int = 0
    created_at: datetime | None = None
    ready_at: datetime | None = None
