"""Copies of the live database, by SQLite's online backup: consistent, and without stopping the writer."""

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from store.faults import translated

FOLDER = "backups"
KEPT = 7


def take(database: Path, now: datetime, *, label: str = "") -> Path:
    """Copy the database beside itself and return the copy's path. Keeps the newest seven copies.

    `label` becomes part of the file name, which starts with the time, so that names sort by age.

    Raises:
        StoreError: the database can't be read or the copy can't be written.
    """
    folder = database.parent / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
    copy = folder / f"{stamp}{'-' if label else ''}{label}.db"
    unfinished = copy.with_suffix(".part")
    with translated(f"back up the state store {database}"):
        copy_pages(database, unfinished)
    unfinished.rename(copy)
    forget_oldest(folder)
    return copy


def copy_pages(database: Path, target: Path) -> None:
    """Copy a live database, page by page, into a file that only we may read."""
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
    source = sqlite3.connect(f"file:{quote(str(database))}?mode=ro", uri=True)
    copy = sqlite3.connect(target)
    try:
        source.execute("PRAGMA wal_autocheckpoint=0")
        source.backup(copy)
        # The copy takes over WAL mode; a backup should be one file.
        copy.execute("PRAGMA journal_mode=DELETE")
    finally:
        copy.close()
        source.close()


def forget_oldest(folder: Path) -> None:
    """Remove all but the newest copies."""
    for old in sorted(folder.glob("*.db"))[:-KEPT]:
        old.unlink(missing_ok=True)
