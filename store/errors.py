"""What can go wrong with the state store, sorted by what to do next.

StoreError
├── StoreMissing          nothing was declared here yet: apply something
├── StoreLocked           another process is the writer: ask it, or wait
├── StoreClosed           this process is shutting down
├── StoreUnwritable       full, read-only, locked or replaced: touch nothing in Docker, retry
├── StoreCorrupt          a person must restore a backup
├── StoreTooNew           a person must upgrade Ergon
├── StoreTooOld           a writer must open it once, to migrate it
├── Fenced                another writer took over: stop acting at once
├── NotStored             the resource is gone, or never was
├── Expired               the watch log no longer reaches back so far: list again
└── Conflict              read again, then decide again
    ├── VersionConflict   somebody changed the resource meanwhile
    └── DeletingConflict  the resource is being deleted: wait until it is gone
"""

from datetime import datetime

from desired_state.key import Key


class StoreError(Exception):
    """Any failure of the state store. `message` is for people: what, why, and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class StoreMissing(StoreError):
    """There is no state store in this folder."""


class StoreLocked(StoreError):
    """Another process holds the store. `pid` is 0 and `since` None while it has not said who it is."""

    def __init__(self, pid: int, since: datetime | None) -> None:
        holder = f"process {pid}" if pid else "another process"
        started = f", running since {since:%Y-%m-%d %H:%M:%S} UTC" if since else ""
        super().__init__(f"the state store is in use by {holder}{started}")
        self.pid = pid
        self.since = since


class StoreClosed(StoreError):
    """The store was closed in this process."""


class StoreUnwritable(StoreError):
    """The change could not be recorded and did not happen. Later tries may succeed."""


class StoreCorrupt(StoreError):
    """The database file is damaged or is not ours. It is left as it is."""


class StoreTooNew(StoreError):
    """A newer Ergon wrote this store."""


class StoreTooOld(StoreError):
    """An older Ergon wrote this store and no writer has migrated it yet."""


class Fenced(StoreError):
    """Another writer opened the store after us; nothing we decide counts any more."""


class NotStored(StoreError):
    """What was asked about, or what the record belongs to, is not declared."""


class Expired(StoreError):
    """Changes after the given resource version are no longer all known."""


class Conflict(StoreError):
    """The stored resource is not as the caller thought."""


class VersionConflict(Conflict):
    def __init__(self, key: Key, expected: int, found: int) -> None:
        super().__init__(f"{key} was changed meanwhile: expected version {expected}, found {found}")


class DeletingConflict(Conflict):
    def __init__(self, key: Key) -> None:
        super().__init__(f"{key} is being deleted; apply again when it is gone")
