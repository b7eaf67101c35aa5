"""How far a pull, a push or a build is, in one line for people, read from what the daemon reports."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# Called from the thread that reads the daemon's answer, often: it must do next to nothing.
Tell = Callable[[str], None]

_DONE = ("Pull complete", "Already exists", "Layer already exists", "Pushed", "Mounted from")
_MEGA = 1e6


def silent(_: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Ears:
    """Who listens to a build: to each step, and to every line of its output."""

    step: Tell = silent
    line: Tell = silent


class Layers:
    """Adds up what is reported layer by layer."""

    def __init__(self) -> None:
        self._done: dict[str, bool] = {}
        self._bytes: dict[str, tuple[int, int]] = {}

    def take(self, line: Mapping[str, Any]) -> str:
        """Take one report of the daemon's and return how far all is, "" while there is nothing to say."""
        layer, status = str(line.get("id") or ""), str(line.get("status") or "")
        if not layer or status.startswith("Pulling from"):
            return self._told()
        self._done[layer] = self._done.get(layer, False) or status.startswith(_DONE)
        detail = line.get("progressDetail") or {}
        if status in ("Downloading", "Pushing") and detail.get("total"):
            self._bytes[layer] = (int(detail.get("current") or 0), int(detail["total"]))
        elif self._done[layer] and layer in self._bytes:
            total = self._bytes[layer][1]
            self._bytes[layer] = (total, total)
        return self._told()

    def _told(self) -> str:
        if not self._done:
            return ""
        layers = f"{sum(self._done.values())} of {len(self._done)} layers"
        total = sum(all_ for _, all_ in self._bytes.values())
        if not total:
            return layers
        current = sum(done for done, _ in self._bytes.values())
        return f"{layers}, {current / _MEGA:.1f} of {total / _MEGA:.1f} MB"
