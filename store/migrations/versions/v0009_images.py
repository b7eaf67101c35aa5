"""Remember what references, versions and images are beyond what the engine knows of them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the three tables, empty: what there is already was not brought by Ergon as far as it knows."""
    op.create_table(
        "image_references",
        sa.Column("reference", sa.String, primary_key=True),
        time("fetched_at", nullable=True),
        sa.Column("context", sa.String, nullable=False),
        sa.Column("offered", sa.String, nullable=False),
        time("offered_since", nullable=True),
        time("changed_at"),
    )
    op.create_index("ix_image_references_changed_at", "image_references", ["changed_at"])
    op.create_table(
        "image_versions",
        sa.Column("repository", sa.String, primary_key=True),
        sa.Column("tag", sa.String, primary_key=True),
        time("first_seen"),
    )
    op.create_index("ix_image_versions_first_seen", "image_versions", ["first_seen"])
    op.create_table(
        "owned_images",
        sa.Column("image_id", sa.String, primary_key=True),
        sa.Column("reference", sa.String, primary_key=True),
        sa.Column("origin", sa.String, nullable=False),
        time("brought_at"),
    )
    op.create_index("ix_owned_images_brought_at", "owned_images", ["brought_at"])


def time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    """Return a column of times in UTC."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
