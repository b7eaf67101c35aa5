"""Keep what people approved about a resource beside it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column; nothing was approved before."""
    op.add_column("resources", sa.Column("approvals", sa.JSON, nullable=False, server_default="[]"))
