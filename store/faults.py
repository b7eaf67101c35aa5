"""Turns the database driver's errors into ours. Nothing of the driver leaves this folder."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from store.errors import NotStored, StoreCorrupt, StoreError, StoreUnwritable

PRIMARY_CODE = 0xFF
UNWRITABLE = {
    sqlite3.SQLITE_BUSY: "another process has locked it",
    sqlite3.SQLITE_LOCKED: "another connection has locked it",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk reported an error",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_PERM: "access to it was denied",
    sqlite3.SQLITE_CANTOPEN: "its files can't be opened",
}
CORRUPT = {
    sqlite3.SQLITE_CORRUPT: "the file is damaged",
    sqlite3.SQLITE_NOTADB: "the file is not a database",
}
# Damage that SQLite takes for a wrong statement or a wrong text: our statements are tested against our tables.
SIGNS_OF_DAMAGE = ("no such table", "no such column", "has no column named", "Could not decode to UTF-8")
POSTGRES_FOREIGN_KEY = "23503"


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise what the driver raises inside as a StoreError, if it says something about the store itself.

    `doing` completes the sentence "cannot ...". A wrong statement is a fault of ours and stays as it is.
    """
    try:
        yield
    except UnicodeDecodeError as error:
        raise StoreCorrupt(f"cannot {doing}: a stored text is damaged ({error})") from error
    except (DBAPIError, sqlite3.Error) as error:
        fault = as_store_error(error, doing)
        if fault is None:
            raise
        raise fault from error


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Raise StoreCorrupt when a stored value inside can't be turned back into what was stored."""
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        raise StoreCorrupt(f"cannot read {what} from the state store: a stored value is damaged ({error})") from error


def as_store_error(error: DBAPIError | sqlite3.Error, doing: str) -> StoreError | None:
    """Return what an error of the driver means for the store; None when it means a wrong statement."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return from_sqlite(cause, doing)
    if getattr(cause, "sqlstate", None) == POSTGRES_FOREIGN_KEY:
        return not_stored(doing)
    if isinstance(error, (OperationalError, InterfaceError)):
        return StoreUnwritable(f"cannot {doing}: {cause}")
    return None


def from_sqlite(error: sqlite3.Error, doing: str) -> StoreError | None:
    """Return what an error of SQLite's means for the store; None when it means a wrong statement."""
    # Errors that the Python module raises by itself have no code.
    code = getattr(error, "sqlite_errorcode", 0)
    if any(sign in str(error) for sign in SIGNS_OF_DAMAGE):
        code = sqlite3.SQLITE_CORRUPT
    if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return not_stored(doing)
    if reason := UNWRITABLE.get(code & PRIMARY_CODE):
        return StoreUnwritable(f"cannot {doing}: {_told(reason, error)}")
    if reason := CORRUPT.get(code & PRIMARY_CODE):
        return StoreCorrupt(f"cannot {doing}: {_told(reason, error)}")
    return None


def _told(reason: str, error: sqlite3.Error) -> str:
    """Return the reason, and SQLite's own words where they say more."""
    return reason if str(error) in reason else f"{reason} ({error})"


def not_stored(doing: str) -> NotStored:
    """Return the error for a record that belongs to nothing."""
    return NotStored(f"cannot {doing}: the resource it belongs to is not declared (any more)")
