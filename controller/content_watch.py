"""Notice that the file behind a Config or Secret changed, and have those that use it looked at.

Looking once a second at what `stat` says costs microseconds, and sees what a watch on the file would
miss: files that come into being, symbolic links that are swapped, and folders on other machines.
"""

import os
from collections.abc import Iterator

from controller.clock import Clock
from controller.records import Records
from controller.workqueue import Priority, WorkQueue
from desired_state.files import ConfigSpec, SecretSpec
from desired_state.key import Key

_LOOK_EVERY_S = 1.0

Look = tuple[int, int, int, int] | None
_UNSEEN: Look = (0, 0, 0, 0)


class ContentWatch:
    """Looks at the files of everything declared. A file that is still being written is left until it rests."""

    def __init__(self, records: Records, queue: WorkQueue[Key], clock: Clock) -> None:
        self._records = records
        self._queue = queue
        self._clock = clock
        self._settled: dict[str, Look] = {}
        self._last: dict[str, Look] = {}

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self.look()
            await self._clock.sleep(_LOOK_EVERY_S)

    def look(self) -> None:
        """Ask for those whose file rests now and is not as it was when it last did, or is seen for the first time."""
        files = list(self._files())
        now = {path: _look_at(path) for _, path in files}
        resting = {path: look for path, look in now.items() if path in self._last and self._last[path] == look}
        changed = {path for path, look in resting.items() if self._settled.get(path, _UNSEEN) != look}
        for key, path in files:
            for dependent in self._records.dependents_of(key) if path in changed else ():
                self._queue.add(dependent, Priority.OBSERVED)
        self._settled = {path: look for path, look in self._settled.items() if path in now} | resting
        self._last = now

    def _files(self) -> Iterator[tuple[Key, str]]:
        for key, stored in self._records.resources.items():
            spec = stored.resource.spec
            if isinstance(spec, ConfigSpec | SecretSpec) and spec.file is not None:
                yield key, spec.file


def _look_at(path: str) -> Look:
    try:
        found = os.stat(path)  # noqa: PTH116 - `Path` would cost more than the call
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
