"""Remember why each deed was done, how differences ended, and when the daemon or the controller was away."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Give deeds, exits and differences room for their reasons, and make the record of periods."""
    op.add_column("actions", sa.Column("slot", sa.Integer, nullable=False, server_default="0"))
    op.add_column("actions", sa.Column("container", sa.String, nullable=False, server_default=""))
    op.add_column("actions", sa.Column("evidence", sa.Text, nullable=False, server_default="[]"))
    op.add_column("exits", sa.Column("evidence", sa.String, nullable=False, server_default=""))
    op.add_column("drift_history", sa.Column("generation", sa.Integer, nullable=False, server_default="0"))
    op.add_column("drift_history", sa.Column("resolution", sa.String, nullable=False, server_default=""))
    op.create_table(
        "periods",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("what", "message")),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_periods_ended_at", "periods", ["ended_at"])
