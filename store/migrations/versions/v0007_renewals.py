"""Remember when somebody asked for a volume to be made anew."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Give resources room for the request."""
    op.add_column("resources", sa.Column("renew_requested", sa.DateTime(timezone=True)))
