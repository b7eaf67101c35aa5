"""Brings a database to the schema this program knows, with a backup first. Alembic is imported only then."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from store import backup
from store.errors import StoreTooNew, StoreTooOld
from store.faults import translated
from store.sqlite import APPLICATION_ID, pragma, require_ours

# The newest migration in `migrations/versions`; each is named by the number it leads to.
VERSION = 1
MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up_to_date(connection: Connection, path: Path, now: datetime) -> None:
    """Migrate in one transaction, or do nothing when the schema is the known one.

    Raises:
        StoreTooNew: a newer program migrated it already.
        StoreError: the backup or the migration failed; the database is as before.
    """
    found = pragma(connection, "user_version")
    connection.rollback()
    if found == VERSION:
        return
    refuse_newer(found, path)
    if found > 0:
        backup.take(path, now, label=f"before-schema-{VERSION}")
    with translated(f"migrate the state store {path}"), connection.begin():
        upgrade(connection)
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")


def check(connection: Connection, path: Path) -> None:
    """Return if a reader understands this database as it is.

    Raises:
        StoreCorrupt: another program made it.
        StoreTooNew: a newer program wrote it.
        StoreTooOld: an older one did, and only a writer may migrate it.
    """
    require_ours(connection, path)
    found = pragma(connection, "user_version")
    refuse_newer(found, path)
    if found < VERSION:
        raise StoreTooOld(
            f"the state store {path} has schema {found}; start the controller once to migrate it to {VERSION}"
        )


def refuse_newer(found: int, path: Path) -> None:
    """Raise StoreTooNew for a schema that this program can't know."""
    if found > VERSION:
        raise StoreTooNew(
            f"the state store {path} has schema {found}, this Ergon knows up to {VERSION}; "
            "upgrade Ergon, or restore a backup taken before the upgrade"
        )


def upgrade(connection: Connection) -> None:
    """Run the migrations that are missing, inside the caller's transaction."""
    from alembic import command  # noqa: PLC0415 - slow to import and rarely needed
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
