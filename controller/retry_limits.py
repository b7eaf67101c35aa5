"""How long a failed key waits: a growing wait of its own, and a bucket that all retries share."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from random import Random
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

_LARGEST_EXPONENT = 32


@dataclass(slots=True)
class ItemBackoff(Generic[K]):
    """Waits of `base_s` doubled per failure of a key up to `cap_s`, half of each at random.

    The random half keeps keys that failed together from being retried together.
    """

    random: Random
    base_s: float = 0.2
    cap_s: float = 60.0
    _failures: dict[K, int] = field(default_factory=dict)

    def next_wait(self, key: K) -> float:
        """Count one more failure and return the seconds to wait for it."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        full = min(self.base_s * 2.0 ** min(failures, _LARGEST_EXPONENT), self.cap_s)
        return full / 2 + self.random.uniform(0, full / 2)

    def failures(self, key: K) -> int:
        """Return how often the key failed since it was last forgotten."""
        return self._failures.get(key, 0)

    def forget(self, key: K) -> None:
        self._failures.pop(key, None)


@dataclass(slots=True)
class TokenBucket:
    """Allows `burst` at once and `per_second` from then on. `now` is always the caller's monotonic time."""

    per_second: float = 10.0
    burst: float = 100.0
    _free_from: float = float("-inf")

    def reserve(self, now: float) -> float:
        """Take one token, in advance if there is none; return the seconds until it is due."""
        # One number holds the level: the moment at which the bucket was, or will be, empty of debt.
        full_since = now - self.burst / self.per_second
        self._free_from = max(self._free_from, full_since) + 1 / self.per_second
        return max(0.0, self._free_from - now)
