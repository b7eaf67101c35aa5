"""Remember what companions learn beyond their own life."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table of memories."""
    op.create_table(
        "memories",
        sa.Column("about", sa.String, primary_key=True),
        sa.Column("topic", sa.String, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_memories_saved_at", "memories", ["saved_at"])
