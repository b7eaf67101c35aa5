"""Brings a database to the schema this program knows: an empty one at once, an older one by migrations after a backup.

Alembic is loaded for migrations alone: it would take a new store half a second, and its controller 8 MB for good.
"""

from datetime import datetime
from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table

from store.backend import Backend
from store.errors import StoreTooNew, StoreTooOld
from store.faults import translated
from store.history_tables import Period

# The newest migration in `migrations/versions`; each is named by the number it leads to.
VERSION = 12
MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up_to_date(backend: Backend, connection: Connection, now: datetime) -> None:
    """Migrate in one transaction, or do nothing when the schema is the known one.

    Raises:
        StoreTooNew: a newer program migrated it already.
        StoreError: the backup or the migration failed; the database is as before.
    """
    found = backend.schema_version(connection)
    connection.rollback()
    if found == VERSION:
        return
    refuse_newer(found, backend.shown)
    if found > 0:
        backend.back_up(now, f"before-schema-{VERSION}")
    with translated(f"migrate the state store {backend.shown}"), connection.begin():
        if found > 0:
            upgrade(connection)
        else:
            create(connection)
        backend.mark_schema(connection, VERSION)


def check(backend: Backend, connection: Connection) -> None:
    """Return if a reader understands this database as it is.

    Raises:
        StoreTooNew: a newer program wrote it.
        StoreTooOld: an older one did, and only a writer may migrate it.
    """
    found = backend.schema_version(connection)
    refuse_newer(found, backend.shown)
    if found < VERSION:
        raise StoreTooOld(
            f"the state store {backend.shown} has schema {found}; start the controller once to migrate it to {VERSION}"
        )


def refuse_newer(found: int, shown: str) -> None:
    """Raise StoreTooNew for a schema that this program can't know."""
    if found > VERSION:
        raise StoreTooNew(
            f"the state store {shown} has schema {found}, this Ergon knows up to {VERSION}; "
            "upgrade Ergon, or restore a backup taken before the upgrade"
        )


def create(connection: Connection) -> None:
    """Make the tables of an empty database, inside the caller's transaction, and say that no migration is missing."""
    Period.metadata.create_all(connection)
    migrated = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
    migrated.create(connection)
    connection.execute(migrated.insert().values(version_num=f"{VERSION:04}"))


def upgrade(connection: Connection) -> None:
    """Run the migrations that are missing, inside the caller's transaction."""
    from alembic import command  # noqa: PLC0415 - slow to import and rarely needed
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
