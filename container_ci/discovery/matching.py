"""Which row of the table fits a process."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from posixpath import basename

from container_ci.discovery.facts import Task
from container_ci.discovery.programs import is_wrapper, program_of
from container_ci.discovery.signatures import SIGNATURES, Signature, pattern

_GLOB = "*?["


def signature_for(task: Task) -> Signature | None:
    """Return the first row that fits a task by one of its names, surest name first; None when no row does."""
    program = program_of(task)
    if is_wrapper(program):
        return None
    for name in program.names:
        for row in _rows(name):
            if _fits(row, task):
                return row
    return None


def _fits(row: Signature, task: Task) -> bool:
    if row.exe and task.exe and basename(task.exe) != row.exe:
        return False
    if row.exe == "mariadbd" and not task.exe:
        # Without the file that runs, the name alone says mysql.
        return False
    return not row.args or pattern(row.args).search(task.text) is not None


def _rows(name: str) -> Iterable[Signature]:
    return _named().get(name) or [row for glob, row in _globs() if fnmatchcase(name, glob)]


@cache
def _named() -> Mapping[str, tuple[Signature, ...]]:
    found: dict[str, tuple[Signature, ...]] = {}
    for row in SIGNATURES:
        for name in row.names:
            if not any(sign in name for sign in _GLOB):
                found[name] = (*found.get(name, ()), row)
                # The kernel keeps fifteen characters of a name.
                if len(name) > 15:
                    found.setdefault(name[:15], (row,))
    return found


@cache
def _globs() -> tuple[tuple[str, Signature], ...]:
    return tuple((name, row) for row in SIGNATURES for name in row.names if any(sign in name for sign in _GLOB))


def image_name(reference: str) -> str:
    """Return the last part of an image's repository: `redis` of `registry:5000/bitnami/redis:7@sha256:...`."""
    return basename(reference.partition("@")[0].rpartition("/")[2]).partition(":")[0]


def signature_of_image(reference: str) -> Signature | None:
    """Return the row whose image this is, by its whole name: `redis`, `bitnami/redis`, never `myredis-client`."""
    name = image_name(reference)
    return next((row for row in SIGNATURES if name in row.images and row.kind != "generic"), None)
