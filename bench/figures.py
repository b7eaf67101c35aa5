"""What was measured, beside what, and whether that is good enough. Values and statistics only."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

Unit = Literal["ms", "s", "us", "%", "MB", ""]
Verdict = Literal["ok", "over", "-"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure, and the figure of a limit or of a peer from the same run.

    Args:
        name: what was measured.
        value: in `unit`; "" is a count.
        beside: what it is compared with, `limit` or the peer's name; "" when with nothing.
        other: the figure of that, in the same unit; None when there is none here.
        allowed: how large the ratio of the two may be; None when the line only informs.
    """

    name: str
    value: float
    unit: Unit
    beside: str = "limit"
    other: float | None = None
    allowed: float | None = 1.0

    @property
    def ratio(self) -> float | None:
        """`value` in parts of `other`; None without one, or when it is zero."""
        return self.value / self.other if self.other else None

    @property
    def verdict(self) -> Verdict:
        """`over` when more is used than allowed, `-` when there is nothing to compare with."""
        if self.other is None or self.allowed is None:
            return "-"
        return "ok" if self.value <= self.other * self.allowed else "over"


@dataclass(frozen=True, slots=True)
class Measured:
    """What one row found: figures, the samples behind them by `name (unit)`, and what to know about them."""

    figures: Sequence[Figure] = ()
    samples: Mapping[str, Sequence[float]] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def joined(self, other: "Measured") -> "Measured":
        """Return both as one."""
        samples = {**self.samples, **other.samples}
        return Measured([*self.figures, *other.figures], samples, [*self.notes, *other.notes])


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the bench and how loaded the machine was: the load averages of the last minute, before and after.

    `failure` says why nothing could be measured; empty when it could.
    """

    name: str
    measured: Measured
    load_before: float
    load_after: float
    failure: str = ""


def medians(samples: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Return the median of each contender's samples; those without any are left out."""
    return {name: median(values) for name, values in samples.items() if values}


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest of the values that `percent` % of them do not exceed (nearest rank).

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values, no percentile")
    rank = max(1, math.ceil(len(values) * percent / 100))
    return sorted(values)[rank - 1]
