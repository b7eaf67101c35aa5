"""How much is known, and which recommendations that much can carry."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from container_ci.sizing.history import DAY_S, HOUR_S, History, Pressure

# As Robusta's KRR: below this its answer is "?".
FIRST_SAMPLES = 100
FIRST_S = 3 * HOUR_S
DECREASE_S = DAY_S
HALVING_S = 7 * DAY_S
# A limit that was hit, or a core that was held back, is pressing for so long.
FRESH = timedelta(hours=24)
THROTTLED = 0.10
# A program that grows in each of so many hours, by so much in all, is not to be sized but to be looked into.
_GROWING_HOURS = 8
_GROWTH = 1.2


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a history says about itself. `missing` is "" when there is enough for a first recommendation."""

    samples: int
    span_s: float
    days: float
    missing: str
    throttled: float
    pressure: Pressure | None
    growing: bool

    @property
    def enough(self) -> bool:
        return not self.missing

    @property
    def may_decrease(self) -> bool:
        """Whether a day with its peak hour was seen, and nothing says that it is too little already."""
        return self.enough and self.span_s >= DECREASE_S

    @property
    def may_halve(self) -> bool:
        return self.span_s >= HALVING_S

    @property
    def confidence(self) -> float:
        """Between 0 and 1: half after a day, seven eighths after a week."""
        return round(1 - 1 / (1 + self.days), 2)

    @property
    def widening(self) -> float:
        """How much further up the truth may lie than what was seen (VPA's confidence multiplier)."""
        return 1 + 1 / max(self.days, 1e-6)

    @property
    def narrowing(self) -> float:
        """How much further down it may lie."""
        return (1 + 0.001 / max(self.days, 1e-6)) ** -2


def evidence(history: History, now: datetime) -> Evidence:
    """Return what a history can carry now."""
    fresh = [one for one in history.pressures if now - one.at <= FRESH]
    return Evidence(
        samples=history.samples,
        span_s=history.span_s,
        days=history.days_known,
        missing=_missing(history),
        throttled=history.throttling.ratio,
        pressure=fresh[-1] if fresh else None,
        growing=_is_growing(history),
    )


def _missing(history: History) -> str:
    lacks = []
    if history.samples < FIRST_SAMPLES:
        lacks.append(f"{history.samples} of {FIRST_SAMPLES} samples")
    if history.span_s < FIRST_S:
        lacks.append(f"{history.span_s / HOUR_S:.1f} of {FIRST_S // HOUR_S} h")
    return f"not enough data: {', '.join(lacks)}" if lacks else ""


def _is_growing(history: History) -> bool:
    """Return whether memory rose hour by hour, and by too much for a cache that fills."""
    peaks = [peak for _, peak in sorted(history.hours.items())][-_GROWING_HOURS - 1 : -1]
    rises = all(later > earlier for earlier, later in pairwise(peaks))
    return len(peaks) >= _GROWING_HOURS and rises and peaks[-1] >= _GROWTH * peaks[0]
