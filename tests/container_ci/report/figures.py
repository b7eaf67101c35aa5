"""Figures beside the bars that they have to reach."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """One figure over some cases. `bar` is what it has to reach; None is only for information."""

    name: str
    value: float
    bar: float | None = None
    at_most: bool = False

    @property
    def reached(self) -> bool:
        if self.bar is None:
            return True
        return self.value <= self.bar if self.at_most else self.value >= self.bar

    @property
    def asked(self) -> str:
        """The bar in words."""
        if self.bar is None:
            return ""
        return f"{'<=' if self.at_most else '>='} {written(self.bar)}"


@dataclass(frozen=True)
class Outcome:
    """What came of one case: the case's name, what counts, and what was not as it should be."""

    name: str
    counts: dict[str, int] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()


def total(outcomes: Iterable[Outcome], name: str) -> int:
    """Return the sum of one count."""
    return sum(outcome.counts.get(name, 0) for outcome in outcomes)


def share(part: int, whole: int) -> float:
    """Return a part of a whole, 1 of nothing."""
    return part / whole if whole else 1.0


def written(value: float) -> str:
    """Return a number as a share, or as a count when it is one."""
    return str(value) if isinstance(value, int) else f"{value:.1%}"


def either(expected: str, value: str) -> bool:
    """Whether a value is what a label allows: `a|b` allows either, `*` anything."""
    return expected == "*" or value in expected.split("|")
