"""Make the record of scheduled runs, and let an instance say what it is for."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make runs and schedules; tell a resource's main containers from those of its runs and its first steps."""
    op.add_column("instances", sa.Column("role", sa.String, nullable=False, server_default="main"))
    op.add_column("instances", sa.Column("step", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "schedules",
        sa.Column("resource_uid", sa.String, primary_key=True),
        sa.Column("timing", sa.String, nullable=False),
        sa.Column("followed_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("spec", sa.JSON, nullable=False),
        of_resource(),
    )
    op.create_table(
        "runs",
        *(sa.Column(name, sa.String, nullable=False) for name in ("kind", "namespace", "name")),
        sa.Column("resource_uid", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("trigger", "state", "message")),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("scheduled_for", "created_at")),
        *(sa.Column(name, sa.DateTime(timezone=True)) for name in ("started_at", "ended_at")),
        sa.Column("exit_code", sa.Integer),
        sa.Column("times", sa.Integer, nullable=False),
        # One time of a schedule has one run, whatever happens to whoever begins it.
        sa.UniqueConstraint("resource_uid", "trigger", "scheduled_for"),
        of_resource(),
    )
    op.create_index("ix_runs_ended_at", "runs", ["ended_at"])


def of_resource() -> sa.ForeignKeyConstraint:
    """Return the constraint by which rows go when their resource goes."""
    return sa.ForeignKeyConstraint(["resource_uid"], ["resources.uid"], ondelete="CASCADE")
