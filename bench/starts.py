"""When containers began to run, by the engine's own clock: the one measure for all contenders."""

import threading
import time
from collections.abc import Iterable

import docker

from tools.messages import Impossible

_PATIENCE_S = 300.0
# The time is in the event; looking seldom costs no accuracy and leaves the machine to who is measured.
_LOOK_EVERY_S = 0.02


class Starts:
    """The `start` events of containers whose names begin with a prefix, from when this is made until it is closed."""

    def __init__(self, client: docker.APIClient, prefix: str) -> None:
        self._prefix = prefix
        self._seen: list[tuple[str, int]] = []
        self._client = client
        self._stream = client.events(decode=True, filters={"type": "container", "event": "start"})
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def seconds_to_start(self, name: str, since_ns: int) -> float:
        """Return how long after `since_ns` (wall clock) a container began to run, waiting for that."""
        return self.seconds_to_all([name], since_ns)

    def seconds_to_all(self, names: Iterable[str], since_ns: int) -> float:
        """Return how long after `since_ns` (wall clock) the last of these containers began to run.

        Raises:
            Impossible: one of them does not within five minutes.
        """
        wanted = set(names)
        deadline = time.monotonic() + _PATIENCE_S
        while missing := wanted - (first := self._first_since(since_ns)).keys():
            if time.monotonic() > deadline:
                raise Impossible(f"{len(missing)} of {len(wanted)} containers did not start, {min(missing)} is one")
            time.sleep(_LOOK_EVERY_S)
        return (max(first[name] for name in wanted) - since_ns) / 1e9

    def close(self) -> None:
        """Stop following."""
        self._stream.close()
        self._reader.join()
        self._client.close()

    def _first_since(self, since_ns: int) -> dict[str, int]:
        first: dict[str, int] = {}
        for name, when in self._seen[:]:
            if when >= since_ns:
                first.setdefault(name, when)
        return first

    def _read(self) -> None:
        for event in self._stream:
            name = event["Actor"]["Attributes"]["name"]
            if name.startswith(self._prefix):
                self._seen.append((name, event["timeNano"]))
