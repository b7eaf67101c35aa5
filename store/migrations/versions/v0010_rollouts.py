"""Remember the newest update of each resource, and when a container was first ready."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the table of rollouts; what runs already has none."""
    op.create_table(
        "rollouts",
        sa.Column("resource_uid", sa.String, primary_key=True),
        sa.Column("generation", sa.Integer, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("image_id", "files", "state")),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failure", sa.String, nullable=False),
        sa.Column("former", sa.Text),
        sa.ForeignKeyConstraint(["resource_uid"], ["resources.uid"], ondelete="CASCADE"),
    )
    op.add_column("instances", sa.Column("ready_at", sa.DateTime(timezone=True)))
