"""The tables of the state store, and nothing about how they are used."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import JSON, ForeignKeyConstraint, Index, MetaData, Table, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from desired_state.key import Key
from store.columns import OptionalJson, UtcDateTime

ChangeType = Literal["ADDED", "MODIFIED", "DELETED"]
Part = Literal["resource", "status"]
EventType = Literal["Normal", "Warning"]


class Row(SQLModel):
    """The base of every table. Their metadata is their own, so that no other library's tables mix in."""

    metadata = MetaData()
    # The library documents a text here and types it as a way to compute one.
    __tablename__: ClassVar[str]  # pyright: ignore[reportIncompatibleVariableOverride]


class Keyed(Row):
    """A row about one resource. All three are empty for what belongs to no resource."""

    kind: str
    namespace: str
    name: str

    @property
    def key(self) -> Key:
        return Key(self.kind, self.namespace, self.name)


class Meta(Row, table=True):
    """The store itself, in its only row.

    `epoch` counts the writers that ever opened the store; `resource_version` counts the rows that
    were ever written to `changes`. The audit trail begins after row `audit_seq`, whose hash was `audit_hash`;
    how resources stood is known since `history_since`, None while nothing is.
    """

    __tablename__ = "meta"

    id: int = Field(default=1, primary_key=True)
    store_id: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    epoch: int = 0
    resource_version: int = 0
    audit_seq: int = 0
    audit_hash: str = ""
    history_since: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ResourceRow(Keyed, table=True):
    """A declared resource. `spec` is the value of `declared()`, in the order it was written."""

    __tablename__ = "resources"
    __table_args__ = (
        UniqueConstraint("kind", "namespace", "name"),
        Index("ix_resources_name", "name"),
        Index("ix_resources_version", "resource_version"),
    )

    uid: str = Field(primary_key=True)
    generation: int
    resource_version: int
    spec: dict[str, Any] = Field(sa_type=JSON)
    labels: dict[str, str] = Field(sa_type=JSON)
    annotations: dict[str, str] = Field(sa_type=JSON)
    source: str
    sources: list[str] = Field(sa_type=JSON)
    finalizers: list[str] = Field(sa_type=JSON)
    pause: dict[str, Any] | None = Field(default=None, sa_type=OptionalJson)
    approvals: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    stopped: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    deleting_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    restart_requested: datetime | None = Field(default=None, sa_type=UtcDateTime)
    renew_requested: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Revision(Keyed, table=True):
    """One generation of a resource's spec: who declared it, when, where it was written, and what came of it.

    Outlives its resource, by `deleted_at`. `outcome` is "" until its rollout has ended.
    """

    __tablename__ = "revisions"
    __table_args__ = (
        Index("ix_revisions_key", "kind", "namespace", "name"),
        Index("ix_revisions_deleted_at", "deleted_at"),
    )

    resource_uid: str = Field(primary_key=True)
    generation: int = Field(primary_key=True)
    spec: dict[str, Any] = Field(sa_type=JSON)
    actor: str
    source: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    outcome: str = ""
    outcome_message: str = ""
    outcome_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RevisionImage(Row, table=True):
    """An image that containers of a revision were made from: what its reference meant then.

    `digest` is the repository digest (`busybox@sha256:...`), "" for an image that came from no registry.
    """

    __tablename__ = "revision_images"
    __table_args__ = (
        ForeignKeyConstraint(
            ["resource_uid", "generation"], ["revisions.resource_uid", "revisions.generation"], ondelete="CASCADE"
        ),
    )

    resource_uid: str = Field(primary_key=True)
    generation: int = Field(primary_key=True)
    image_id: str = Field(primary_key=True)
    reference: str
    digest: str
    first_used: datetime = Field(sa_type=UtcDateTime)


class InstanceRow(Keyed, table=True):
    """One container of a resource; `name` of the key is the owner's. `baseline` and `restarts` are JSON text."""

    __tablename__ = "instances"
    __table_args__ = (
        ForeignKeyConstraint(["owner_uid"], ["resources.uid"], ondelete="CASCADE"),
        Index("ix_instances_owner", "owner_uid"),
        Index("ix_instances_key", "kind", "namespace", "name"),
    )

    uid: str = Field(primary_key=True)
    owner_uid: str
    slot: int
    container_name: str
    final_name: str
    generation: int
    phase: str
    container_id: str | None
    spec: str = Field(sa_type=Text)
    resolved: str = Field(sa_type=Text)
    baseline: str | None = Field(sa_type=Text)
    warnings: str = Field(sa_type=Text)
    restarts: str = Field(sa_type=Text)
    stop_expected: bool
    adopted: bool
    role: str = Field(default="main", sa_column_kwargs={"server_default": "main"})
    step: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    created_at: datetime | None = Field(sa_type=UtcDateTime)
    ready_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RolloutRow(Row, table=True):
    """The newest update of a resource; `former` is JSON text with the spec that ran before."""

    __tablename__ = "rollouts"
    __table_args__ = (ForeignKeyConstraint(["resource_uid"], ["resources.uid"], ondelete="CASCADE"),)

    resource_uid: str = Field(primary_key=True)
    generation: int
    image_id: str
    files: str
    state: str
    since: datetime = Field(sa_type=UtcDateTime)
    failure: str
    former: str | None = Field(sa_type=Text)


class MemoryRow(Row, table=True):
    """What a companion remembers of a resource, or of a container by its id; `content` is JSON text."""

    __tablename__ = "memories"
    __table_args__ = (Index("ix_memories_saved_at", "saved_at"),)

    about: str = Field(primary_key=True)
    topic: str = Field(primary_key=True)
    content: str = Field(sa_type=Text)
    saved_at: datetime = Field(sa_type=UtcDateTime)


class ScheduleRow(Row, table=True):
    """How far the schedule of a resource has been followed."""

    __tablename__ = "schedules"
    __table_args__ = (ForeignKeyConstraint(["resource_uid"], ["resources.uid"], ondelete="CASCADE"),)

    resource_uid: str = Field(primary_key=True)
    timing: str
    followed_until: datetime = Field(sa_type=UtcDateTime)
    number: int
    generation: int
    spec: dict[str, Any] = Field(sa_type=JSON)


class RunRow(Keyed, table=True):
    """One run of a scheduled container, or a time at which there was none and why."""

    __tablename__ = "runs"
    __table_args__ = (
        ForeignKeyConstraint(["resource_uid"], ["resources.uid"], ondelete="CASCADE"),
        UniqueConstraint("resource_uid", "trigger", "scheduled_for"),
        Index("ix_runs_ended_at", "ended_at"),
    )

    resource_uid: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    trigger: str
    state: str
    message: str
    scheduled_for: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    exit_code: int | None = None
    times: int = 1


class StatusRow(Keyed, table=True):
    """What Ergon says about a resource; `status` is JSON text with the conditions in it."""

    __tablename__ = "statuses"
    __table_args__ = (
        ForeignKeyConstraint(
            ["kind", "namespace", "name"],
            ["resources.kind", "resources.namespace", "resources.name"],
            ondelete="CASCADE",
        ),
    )

    kind: str = Field(primary_key=True)
    namespace: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    resource_version: int
    status: str = Field(sa_type=Text)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class Event(Keyed, table=True):
    """Something that happened `count` times, in the same words each time.

    A repetition moves the row to a new, higher `id`, so that a reader who follows by id sees it.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_key", "kind", "namespace", "name"),
        Index("ix_events_fingerprint", "fingerprint"),
        Index("ix_events_last_seen", "last_seen"),
    )

    id: int = Field(primary_key=True)
    fingerprint: str
    instance: str
    type: str
    reason: str
    message: str
    count: int
    first_seen: datetime = Field(sa_type=UtcDateTime)
    last_seen: datetime = Field(sa_type=UtcDateTime)


class ActionRecord(Keyed, table=True):
    """One deed: the intent, written before it, and the result, written after. `outcome` is "" in between.

    `instance` is an instance's uid and `container` its container's name, "" for what is no container.
    `evidence` is JSON text: what differed when it was planned.
    """

    __tablename__ = "actions"
    __table_args__ = (
        Index("ix_actions_key", "kind", "namespace", "name"),
        Index("ix_actions_finished_at", "finished_at"),
    )

    id: int = Field(primary_key=True)
    instance: str
    action: str
    slot: int = 0
    container: str = ""
    reason: str
    evidence: str = Field(default="[]", sa_type=Text)
    generation: int
    outcome: str = ""
    error: str = ""
    started_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Exit(Keyed, table=True):
    """How one run of a container ended. `counted` when it counts as a crash; `evidence` is why not, in words."""

    __tablename__ = "exits"
    __table_args__ = (
        Index("ix_exits_key", "kind", "namespace", "name"),
        Index("ix_exits_recorded_at", "recorded_at"),
    )

    id: int = Field(primary_key=True)
    instance: str
    container_id: str
    exit_code: int
    oom_killed: bool
    error: str
    reason: str
    evidence: str = ""
    counted: bool
    started_at: datetime | None = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class ExitReport(Row, table=True):
    """What is known about the end of a run. `lines` (the last of its log) and `finding` ("" for none) are JSON text."""

    __tablename__ = "exit_reports"
    __table_args__ = (ForeignKeyConstraint(["exit_id"], ["exits.id"], ondelete="CASCADE"),)

    exit_id: int = Field(primary_key=True)
    container: str
    lines: str = Field(sa_type=Text)
    missing: str
    finding: str = Field(sa_type=Text)
    holds: bool


class DriftInterval(Keyed, table=True):
    """A field that differed from `first_seen` until `resolved_at`; still does while that is None.

    `generation` is what was declared when it was first seen; `resolution` says how it ended.
    """

    __tablename__ = "drift_history"
    __table_args__ = (
        Index("ix_drift_history_key", "kind", "namespace", "name", "resolved_at"),
        Index("ix_drift_history_resolved_at", "resolved_at"),
    )

    id: int = Field(primary_key=True)
    instance: str
    path: str
    declared: Any = Field(sa_type=OptionalJson, nullable=True)
    observed: Any = Field(sa_type=OptionalJson, nullable=True)
    cause: str
    evidence: str
    generation: int = 0
    resolution: str = ""
    first_seen: datetime = Field(sa_type=UtcDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Observation(Row, table=True):
    """What a companion wants to remember about a container: one text per (subject, topic)."""

    __tablename__ = "observations"
    __table_args__ = (Index("ix_observations_recorded_at", "recorded_at"),)

    subject: str = Field(primary_key=True)
    topic: str = Field(primary_key=True)
    value: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class ImageReference(Row, table=True):
    """What is remembered of a reference beyond what the engine knows.

    `fetched_at` is the last pull or build that went well; `context` the digest of what a build is wanted of, "" for
    what is pulled; `offered` the digest that its registry had under it when last asked, first seen at `offered_since`.
    """

    __tablename__ = "image_references"
    __table_args__ = (Index("ix_image_references_changed_at", "changed_at"),)

    reference: str = Field(primary_key=True)
    fetched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    context: str = ""
    offered: str = ""
    offered_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class ImageVersion(Row, table=True):
    """A tag of a repository that a range of versions took, and since when it is known to be there."""

    __tablename__ = "image_versions"
    __table_args__ = (Index("ix_image_versions_first_seen", "first_seen"),)

    repository: str = Field(primary_key=True)
    tag: str = Field(primary_key=True)
    first_seen: datetime = Field(sa_type=UtcDateTime)


class OwnedImage(Row, table=True):
    """An image that Ergon brought here under a reference: `origin` is pulled or built. No other is ever removed."""

    __tablename__ = "owned_images"
    __table_args__ = (Index("ix_owned_images_brought_at", "brought_at"),)

    image_id: str = Field(primary_key=True)
    reference: str = Field(primary_key=True)
    origin: str
    brought_at: datetime = Field(sa_type=UtcDateTime)


class ChangeRow(Keyed, table=True):
    """One line of the watch log. Every resource version has exactly one."""

    __tablename__ = "changes"

    resource_version: int = Field(primary_key=True)
    uid: str
    type: str
    part: str
    at: datetime = Field(sa_type=UtcDateTime)


class AuditRecord(Keyed, table=True):
    """Who changed what. `hash` covers the row and the hash before it, so that no row can be edited or dropped."""

    __tablename__ = "audit"

    seq: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    verb: str
    detail: str
    version_before: int
    version_after: int
    hash: str


class Tombstone(Keyed, table=True):
    """A resource that was really deleted, remembered so that its leftovers are known as such."""

    __tablename__ = "tombstones"
    __table_args__ = (Index("ix_tombstones_deleted_at", "deleted_at"),)

    uid: str = Field(primary_key=True)
    deleted_at: datetime = Field(sa_type=UtcDateTime)


def table_of(model: type[Row]) -> Table:
    """Return the plain table behind a model, for statements that build no objects."""
    return Row.metadata.tables[model.__tablename__]
