"""Keep the controller small: nothing is loaded that it never uses, and memory that a burst needed is given back."""

import ctypes
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import cast

from anyio import to_thread

from controller.clock import Clock

_LOOK_S = 20.0
_WORTH_IT = 2 * 2**20
_STATM = Path("/proc/self/statm")
_PAGE = 4096
# glibc's mallopt(3): each thread that allocates gets an arena of its own, up to eight for a core, and none shrinks.
_M_ARENA_MAX = -8
_ARENAS = 2


def spare_unused_imports() -> None:
    """Have structlog loaded without rich, which it would only colour a terminal's tracebacks with."""
    if "structlog" in sys.modules or "rich" in sys.modules:
        return
    sys.modules["rich"] = cast("ModuleType", None)
    try:
        import structlog  # noqa: F401, PLC0415
    finally:
        del sys.modules["rich"]


def limit_arenas() -> None:
    """Let all threads share a few arenas. Does nothing where the C library is not glibc."""
    if (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)


async def give_back_memory(
    clock: Clock, resident: Callable[[], int] | None = None, trim: Callable[[], object] | None = None
) -> None:
    """Return free memory to the system whenever the process has grown. Ends where that can't be done.

    Args:
        clock: what is slept by.
        resident: returns the process's memory in bytes.
        trim: gives back what is free; both are Linux's and glibc's own unless given.
    """
    resident = resident or _resident
    trim = trim or _glibc_trim()
    kept = 0
    while trim is not None:
        await clock.sleep(_LOOK_S)
        if resident() > kept + _WORTH_IT:
            await to_thread.run_sync(trim)
            kept = resident()


def _resident() -> int:
    """Return the process's memory in bytes, 0 where the kernel does not say."""
    return int(_STATM.read_text().split()[1]) * _PAGE if _STATM.exists() else 0


def _glibc_trim() -> Callable[[], object] | None:
    found = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return None if found is None else lambda: found(0)
