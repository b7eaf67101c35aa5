"""Remember what containers said before their runs ended, and what was found to be the cause."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the table of reports; of the ends that are recorded already there is none."""
    op.create_table(
        "exit_reports",
        sa.Column("exit_id", sa.Integer, primary_key=True),
        sa.Column("container", sa.String, nullable=False),
        sa.Column("lines", sa.Text, nullable=False),
        sa.Column("missing", sa.String, nullable=False),
        sa.Column("finding", sa.Text, nullable=False),
        sa.Column("holds", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(["exit_id"], ["exits.id"], ondelete="CASCADE"),
    )
