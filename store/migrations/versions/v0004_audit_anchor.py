"""Let the audit trail begin later than at its first row, at a recorded anchor."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Remember the last row that was removed, 0 while none was."""
    op.add_column("meta", sa.Column("audit_seq", sa.Integer, nullable=False, server_default="0"))
    op.add_column("meta", sa.Column("audit_hash", sa.String, nullable=False, server_default=""))
