"""Remember how resources stood, and since when that is known."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the history of statuses."""
    op.create_table(
        "moments",
        *(sa.Column(name, sa.String, nullable=False) for name in ("kind", "namespace", "name")),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("uid", sa.String, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("ix_moments_uid", "moments", ["uid", "at"])
    op.create_index("ix_moments_at", "moments", ["at"])
    op.add_column("meta", sa.Column("history_since", sa.DateTime(timezone=True)))
