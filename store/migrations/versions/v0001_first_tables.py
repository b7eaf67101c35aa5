"""Make the first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

KEY = ("kind", "namespace", "name")


def upgrade() -> None:
    """Make the first tables."""
    make_declarations()
    make_records_of_resources()
    make_journals()
    make_records_of_the_store()


def make_declarations() -> None:
    """Make what people declare."""
    op.create_table(
        "resources",
        *key(),
        text("uid", primary_key=True),
        number("generation"),
        number("resource_version"),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("spec", "labels", "annotations")),
        text("source"),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("sources", "finalizers")),
        sa.Column("pause", sa.JSON),
        flag("stopped"),
        time("created_at"),
        time("updated_at"),
        time("deleting_since", nullable=True),
        time("restart_requested", nullable=True),
        sa.UniqueConstraint(*KEY),
    )
    op.create_index("ix_resources_name", "resources", ["name"])
    op.create_index("ix_resources_version", "resources", ["resource_version"])
    op.create_table(
        "revisions",
        text("resource_uid", primary_key=True),
        number("generation", primary_key=True),
        sa.Column("spec", sa.JSON, nullable=False),
        text("actor"),
        text("source"),
        time("created_at"),
        belongs_to_resource(["resource_uid"], ["uid"]),
    )


def make_records_of_resources() -> None:
    """Make what is known about each resource now."""
    op.create_table(
        "instances",
        *key(),
        text("uid", primary_key=True),
        text("owner_uid"),
        number("slot"),
        text("container_name"),
        text("final_name"),
        number("generation"),
        text("phase"),
        text("container_id", nullable=True),
        *(sa.Column(name, sa.Text, nullable=name == "baseline") for name in ("spec", "resolved", "baseline")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("warnings", "restarts")),
        flag("stop_expected"),
        flag("adopted"),
        time("created_at", nullable=True),
        belongs_to_resource(["owner_uid"], ["uid"]),
    )
    op.create_index("ix_instances_owner", "instances", ["owner_uid"])
    op.create_index("ix_instances_key", "instances", KEY)
    op.create_table(
        "statuses",
        *(text(name, primary_key=True) for name in KEY),
        number("resource_version"),
        sa.Column("status", sa.Text, nullable=False),
        time("updated_at"),
        belongs_to_resource(list(KEY), list(KEY)),
    )


def make_journals() -> None:
    """Make what happened and what was done."""
    op.create_table(
        "events",
        *key(),
        number("id", primary_key=True),
        *(text(name) for name in ("fingerprint", "instance", "type", "reason", "message")),
        number("count"),
        time("first_seen"),
        time("last_seen"),
    )
    op.create_index("ix_events_key", "events", KEY)
    op.create_index("ix_events_fingerprint", "events", ["fingerprint"])
    op.create_index("ix_events_last_seen", "events", ["last_seen"])
    op.create_table(
        "actions",
        *key(),
        number("id", primary_key=True),
        *(text(name) for name in ("instance", "action", "reason")),
        number("generation"),
        *(text(name) for name in ("outcome", "error")),
        time("started_at"),
        time("finished_at", nullable=True),
    )
    op.create_index("ix_actions_key", "actions", KEY)
    op.create_index("ix_actions_finished_at", "actions", ["finished_at"])
    make_exits_and_drift()


def make_exits_and_drift() -> None:
    """Make how runs ended and what differed."""
    op.create_table(
        "exits",
        *key(),
        number("id", primary_key=True),
        text("instance"),
        text("container_id"),
        number("exit_code"),
        flag("oom_killed"),
        text("error"),
        text("reason"),
        flag("counted"),
        time("started_at", nullable=True),
        time("finished_at", nullable=True),
        time("recorded_at"),
    )
    op.create_index("ix_exits_key", "exits", KEY)
    op.create_index("ix_exits_recorded_at", "exits", ["recorded_at"])
    op.create_table(
        "drift_history",
        *key(),
        number("id", primary_key=True),
        text("instance"),
        text("path"),
        sa.Column("declared", sa.JSON),
        sa.Column("observed", sa.JSON),
        text("cause"),
        text("evidence"),
        time("first_seen"),
        time("resolved_at", nullable=True),
    )
    op.create_index("ix_drift_history_key", "drift_history", [*KEY, "resolved_at"])
    op.create_index("ix_drift_history_resolved_at", "drift_history", ["resolved_at"])


def make_records_of_the_store() -> None:
    """Make what belongs to the store as a whole."""
    op.create_table(
        "meta",
        number("id", primary_key=True),
        text("store_id"),
        time("created_at"),
        number("epoch"),
        number("resource_version"),
    )
    op.create_table(
        "observations",
        text("subject", primary_key=True),
        text("topic", primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        time("recorded_at"),
    )
    op.create_index("ix_observations_recorded_at", "observations", ["recorded_at"])
    op.create_table(
        "changes",
        *key(),
        number("resource_version", primary_key=True),
        *(text(name) for name in ("uid", "type", "part")),
        time("at"),
    )
    op.create_table(
        "audit",
        *key(),
        number("seq", primary_key=True),
        time("at"),
        *(text(name) for name in ("actor", "verb", "detail")),
        number("version_before"),
        number("version_after"),
        text("hash"),
    )
    op.create_table("tombstones", *key(), text("uid", primary_key=True), time("deleted_at"))
    op.create_index("ix_tombstones_deleted_at", "tombstones", ["deleted_at"])


def key() -> list[sa.Column[Any]]:
    """Return the columns that name a resource."""
    return [text(name) for name in KEY]


def text(name: str, *, primary_key: bool = False, nullable: bool = False) -> sa.Column[Any]:
    """Return a column of short text."""
    return sa.Column(name, sa.String, primary_key=primary_key, nullable=nullable)


def number(name: str, *, primary_key: bool = False) -> sa.Column[Any]:
    """Return a column of whole numbers."""
    return sa.Column(name, sa.Integer, primary_key=primary_key, nullable=False)


def flag(name: str) -> sa.Column[Any]:
    """Return a column of truth values."""
    return sa.Column(name, sa.Boolean, nullable=False)


def time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    """Return a column of times in UTC."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def belongs_to_resource(columns: list[str], of_resource: list[str]) -> sa.ForeignKeyConstraint:
    """Return the constraint by which rows go when their resource goes."""
    return sa.ForeignKeyConstraint(columns, [f"resources.{name}" for name in of_resource], ondelete="CASCADE")
