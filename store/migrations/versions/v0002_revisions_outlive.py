"""Let revisions outlive their resource, and remember which images they ran with and what came of them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

KEY = ("kind", "namespace", "name")
COLUMNS = ("resource_uid", "generation", "spec", "actor", "source", "created_at")


def upgrade() -> None:
    """Move the revisions into a table that their resource does not take along."""
    make_revisions()
    move_revisions()
    make_revision_images()


def make_revisions() -> None:
    """Make the new table beside the old one."""
    op.create_table(
        "revisions_kept",
        *(sa.Column(name, sa.String, nullable=False) for name in KEY),
        sa.Column("resource_uid", sa.String, primary_key=True),
        sa.Column("generation", sa.Integer, primary_key=True),
        sa.Column("spec", sa.JSON, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("actor", "source")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("outcome", "outcome_message")),
        *(sa.Column(name, sa.DateTime(timezone=True)) for name in ("outcome_at", "deleted_at")),
    )


def move_revisions() -> None:
    """Fill the new table from the old one and let it take its name."""
    names = ", ".join(COLUMNS)
    op.execute(
        f"INSERT INTO revisions_kept (kind, namespace, name, outcome, outcome_message, {names}) "  # noqa: S608 - ours
        f"SELECT o.kind, o.namespace, o.name, '', '', {', '.join(f'r.{name}' for name in COLUMNS)} "
        "FROM revisions AS r JOIN resources AS o ON o.uid = r.resource_uid"
    )
    op.drop_table("revisions")
    op.rename_table("revisions_kept", "revisions")
    op.create_index("ix_revisions_key", "revisions", KEY)
    op.create_index("ix_revisions_deleted_at", "revisions", ["deleted_at"])


def make_revision_images() -> None:
    """Make the record of images."""
    op.create_table(
        "revision_images",
        sa.Column("resource_uid", sa.String, primary_key=True),
        sa.Column("generation", sa.Integer, primary_key=True),
        sa.Column("image_id", sa.String, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("reference", "digest")),
        sa.Column("first_used", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource_uid", "generation"], ["revisions.resource_uid", "revisions.generation"], ondelete="CASCADE"
        ),
    )
