"""aish's file of CIs, read and written so that nobody loses an entry by us. Every function here blocks."""

import fcntl
import json
import os
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from container_ci.aish.entries import Entry, asserted

_LOCK_DEADLINE_S = 5.0
_LOCK_PERIOD_S = 0.05


class RegistryFile:
    """The registry below one root folder of Tekton."""

    def __init__(self, root: Path) -> None:
        self.folder = root / ".tekton" / "aish" / "ci-registry"
        self.path = self.folder / "wrapped_cis.json"

    def stamp(self) -> tuple[int, int, int] | None:
        """Return what changes with every write, None while there is no file."""
        try:
            seen = self.path.stat()
        except FileNotFoundError:
            return None
        return seen.st_ino, seen.st_size, seen.st_mtime_ns

    def assert_entries(self, wanted: Mapping[str, Entry], once_ours: Collection[str]) -> None:
        """Have exactly these entries of ours in the file; others' stay as they are.

        Raises:
            OSError: it can't be written, or its lock is held by somebody else.
            ValueError: what is in it is not a registry: most likely somebody is writing it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._locked():
            found = self._read()
            if (after := asserted(found, wanted, once_ours)) != found:
                self._replace(after)

    def _read(self) -> dict[str, Entry]:
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        if not isinstance(found, dict):
            raise ValueError(f"{self.path} does not hold an object")
        return found

    def _replace(self, entries: Mapping[str, Entry]) -> None:
        mode = self.path.stat().st_mode & 0o777 if self.path.exists() else 0o600
        descriptor, name = tempfile.mkstemp(dir=self.folder, prefix=".wrapped_cis.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(entries, file, indent=2)
            Path(name).chmod(mode)
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.folder / "registry.lock").open("a") as lock:
            end = time.monotonic() + _LOCK_DEADLINE_S
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= end:
                        raise
                    time.sleep(_LOCK_PERIOD_S)
            yield
