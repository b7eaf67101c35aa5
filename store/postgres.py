"""The store on a PostgreSQL server. The server's session lock does what the file lock does on one host."""

from datetime import datetime

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from store.backend import Backend
from store.codecs import compact_json
from store.errors import StoreLocked, StoreMissing
from store.faults import translated

# "ErgonS" as a number: which of the database's advisory locks is ours.
LOCK = 0x4572676F6E53
READERS = 4
SCHEMA = "SELECT version_num FROM alembic_version"


class PostgresServer(Backend):
    """The backend behind a SQLAlchemy URL, such as `postgresql+psycopg://ergon@db/ergon`.

    Backups are the server's business. When the connection is lost and comes back, the lock may be
    another's: the epoch, which is checked in every transaction, then stops us.
    """

    def __init__(self, url: str, *, busy_timeout_ms: int) -> None:
        self._url = url
        self._busy_timeout_ms = busy_timeout_ms

    @property
    def shown(self) -> str:
        """The URL without its password."""
        return make_url(self._url).render_as_string(hide_password=True)

    def connect_writer(self) -> Connection:
        """Return the one connection that writes. The server frees its lock when the connection ends."""
        engine = create_engine(self._url, poolclass=NullPool, json_serializer=compact_json)
        wait = f"SET lock_timeout = {self._busy_timeout_ms}"
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(wait))
        with translated(f"open the state store {self.shown}"):
            connection = engine.connect()
            is_ours = connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({LOCK})").scalar_one()
            connection.commit()
        if not is_ours:
            connection.close()
            raise StoreLocked(0, None)
        return connection

    def reader_engine(self) -> Engine:
        """Return connections whose transactions are snapshots and read only."""
        return create_engine(
            self._url,
            pool_size=READERS,
            max_overflow=0,
            json_serializer=compact_json,
            execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
        )

    def verify(self, connection: Connection) -> None:
        """Leave the soundness of the tables to the server."""

    def require_store(self, connection: Connection) -> None:
        """Raise StoreMissing unless a writer has made the tables."""
        if not inspect(connection).has_table("alembic_version"):
            raise StoreMissing(f"there is no state store in {self.shown}; `ergon apply` makes one")

    def schema_version(self, connection: Connection) -> int:
        """Return the newest migration that was run."""
        if not inspect(connection).has_table("alembic_version"):
            return 0
        return int(connection.exec_driver_sql(SCHEMA).scalar_one())

    def mark_schema(self, connection: Connection, version: int) -> None:
        """Leave it to Alembic, which has recorded it in a table of its own."""

    def back_up(self, now: datetime, label: str) -> None:
        """Leave backups to the server's administrator; the migration is one transaction."""

    def restore_steps(self) -> str:
        """Return whom to ask."""
        return "Containers keep running and nothing was changed. Restore the database from the server's backup."

    def check_unharmed(self) -> None:
        """Leave it to the server: a commit that it confirms is kept."""

    def checkpoint(self, connection: Connection) -> None:
        """Leave it to the server."""
