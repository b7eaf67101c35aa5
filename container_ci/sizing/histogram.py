"""Histograms with exponential buckets whose old samples count less and less.

The buckets and the decay are those of Kubernetes' Vertical Pod Autoscaler (`decaying_histogram.go`,
`histogram_options.go`).
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self

RATIO = 1.05
HALF_LIFE_S = 86_400.0
# Below this, what is left of old samples in a bucket counts as nothing.
EPSILON = 1e-4
# Weights double with each half-life; before they grow out of a float they are written anew.
_LARGEST_EXPONENT = 100.0


class Histogram:
    """Weights by the size of a value. Every `HALF_LIFE_S` that goes by, what was added before weighs half.

    `first` is the width of the first bucket; each next one is wider by `RATIO`.
    """

    __slots__ = ("_buckets", "_reference", "first")

    def __init__(self, first: float, buckets: dict[int, float] | None = None, reference: float | None = None) -> None:
        self.first = first
        self._buckets = {} if buckets is None else buckets
        self._reference = reference

    @property
    def empty(self) -> bool:
        """Whether nothing in it counts."""
        return not self._weighty()

    def add(self, value: float, weight: float, at: datetime) -> None:
        """Count a value that was seen at a time (aware) with a weight."""
        bucket = self._bucket_of(value)
        self._buckets[bucket] = self._buckets.get(bucket, 0.0) + weight * self._factor(at)

    def percentile(self, share: float) -> float:
        """Return the end of the bucket below which this share (0 to 1) of all weight lies; 0 when it is empty."""
        buckets = self._weighty()
        threshold, total = share * sum(buckets.values()), 0.0
        for bucket in sorted(buckets):
            total += buckets[bucket]
            # Sums in another order differ in their last digits.
            if total >= threshold * (1 - 1e-12):
                return self.start_of(bucket + 1)
        return 0.0

    def start_of(self, bucket: int) -> float:
        """Return where a bucket begins."""
        return self.first * (RATIO**bucket - 1) / (RATIO - 1)

    def copy(self) -> Self:
        """Return one like it, to be changed on its own."""
        return type(self)(self.first, dict(self._buckets), self._reference)

    def dump(self) -> dict[str, Any]:
        """Return it as JSON holds it; six digits of each weight are plenty."""
        buckets = {str(bucket): float(f"{weight:.6g}") for bucket, weight in sorted(self._weighty().items())}
        return {"first": self.first, "reference": self._reference, "buckets": buckets}

    @classmethod
    def load(cls, found: Mapping[str, Any]) -> Self:
        """Return what `dump` was made of."""
        buckets = {int(bucket): float(weight) for bucket, weight in found["buckets"].items()}
        return cls(float(found["first"]), buckets, found["reference"])

    def _bucket_of(self, value: float) -> int:
        if value < self.first:
            return 0
        bucket = int(math.log(value * (RATIO - 1) / self.first + 1, RATIO))
        # The logarithm of a boundary may fall on either side of it.
        return bucket + 1 if self.start_of(bucket + 1) <= value else bucket

    def _factor(self, at: datetime) -> float:
        moment = at.astimezone(UTC).timestamp()
        if self._reference is None:
            self._reference = moment
        exponent = (moment - self._reference) / HALF_LIFE_S
        if exponent > _LARGEST_EXPONENT:
            self._buckets = {bucket: weight * 2.0**-exponent for bucket, weight in self._buckets.items()}
            self._reference, exponent = moment, 0.0
        return math.pow(2.0, max(exponent, -_LARGEST_EXPONENT))

    def _weighty(self) -> dict[int, float]:
        most = max(self._buckets.values(), default=0.0)
        return {bucket: weight for bucket, weight in self._buckets.items() if weight > most * EPSILON}
