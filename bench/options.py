"""How much to measure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """`containers` are the sizes to converge; other rows use the largest. `runs` None leaves it to each row.

    `seconds` is how long idling is watched.
    """

    containers: Sequence[int] = (40, 200)
    runs: int | None = None
    seconds: float = 60.0

    @property
    def most_containers(self) -> int:
        return max(self.containers)

    def rounds(self, usual: int) -> int:
        """Return how often each contender is tried in a row that usually tries it `usual` times."""
        return usual if self.runs is None else self.runs
