"""What all containers of one resource have used so far, in a few kilobytes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self

from container_ci.sizing.histogram import Histogram
from container_ci.sizing.samples import Sample

FIRST_CORES = 0.01
FIRST_BYTES = float(1 << 20)
HOUR_S = 3600
DAY_S = 86_400
# For so long a peak or a kill is held against a limit.
WINDOW = timedelta(days=8)
HOURS_KEPT = 24
PRESSURES_KEPT = 20
THROTTLING_HALF_LIFE_S = 3600.0
# Cache fills any limit by itself: reclaim counts as pressure where little else than the working set is left.
_FULL = 0.8


@dataclass(frozen=True, slots=True)
class Pressure:
    """A moment at which memory was not enough: a kill, or a limit that was all but reached. Bytes."""

    at: datetime
    kind: Literal["oom", "limit"]
    limit: int
    peak: int


@dataclass(slots=True)
class Throttling:
    """How much of its time a container was held back, of late."""

    periods: float = 0.0
    throttled: float = 0.0
    at: float = 0.0

    @property
    def ratio(self) -> float:
        return self.throttled / self.periods if self.periods >= 1 else 0.0

    def add(self, sample: Sample) -> None:
        moment = sample.at.timestamp()
        fading = 2.0 ** (-max(moment - self.at, 0.0) / THROTTLING_HALF_LIFE_S)
        self.periods = self.periods * fading + sample.periods
        self.throttled = self.throttled * fading + sample.throttled_periods
        self.at = moment


@dataclass(slots=True)
class History:
    """Restarts and replicas run into one: what is sized is the resource.

    `memory` holds one peak per hour, that of the present hour (`hour_peak`) not yet. `days` are the peaks of
    the last days, `hours` those of the last hours, by their numbers since 1970. `observed_s` is how long
    containers were watched.
    """

    cpu: Histogram = field(default_factory=lambda: Histogram(FIRST_CORES))
    memory: Histogram = field(default_factory=lambda: Histogram(FIRST_BYTES))
    throttling: Throttling = field(default_factory=Throttling)
    first: datetime | None = None
    last: datetime | None = None
    samples: int = 0
    observed_s: float = 0.0
    hour: int = 0
    hour_peak: int = 0
    days: dict[int, int] = field(default_factory=dict)
    hours: dict[int, int] = field(default_factory=dict)
    pressures: list[Pressure] = field(default_factory=list)
    pids_peak: int = 0

    def add(self, sample: Sample) -> None:
        """Count one sample of one of the resource's containers."""
        self.first = self.first or sample.at - timedelta(seconds=sample.took_s)
        self.last = max(self.last or sample.at, sample.at)
        self.samples += 1
        self.observed_s += sample.took_s
        if not sample.starting:
            self.cpu.add(sample.cores, sample.took_s, sample.at)
            self.throttling.add(sample)
        self._add_memory(sample)
        self.pids_peak = max(self.pids_peak, sample.pids)
        limit = sample.memory_limit
        if limit is None:
            return
        if sample.ooms:
            self.note_oom(sample.at, limit, sample.memory)
        elif sample.near_limit or (sample.limit_hits and sample.memory >= _FULL * limit):
            self._note(Pressure(sample.at, "limit", limit, sample.memory))

    def note_oom(self, at: datetime, limit: int, peak: int = 0) -> None:
        """Remember that the kernel killed for memory; `limit` is what it had, in bytes."""
        self._note(Pressure(at, "oom", limit, max(peak, limit)))

    def hourly_peaks(self) -> Histogram:
        """Return the peaks of all hours, the present one included."""
        peaks = self.memory
        if self.hour_peak and self.last is not None:
            peaks = peaks.copy()
            peaks.add(self.hour_peak, 1.0, self.last)
        return peaks

    def peak(self) -> int:
        """Return the largest working set of the last days."""
        return max([self.hour_peak, *self.days.values()])

    @property
    def span_s(self) -> float:
        """Seconds from the first sample to the last."""
        return (self.last - self.first).total_seconds() if self.first and self.last else 0.0

    @property
    def days_known(self) -> float:
        """How many days of observation it is worth: a gap counts for nothing, two replicas not double."""
        return min(self.span_s, self.observed_s) / DAY_S

    def _add_memory(self, sample: Sample) -> None:
        moment = sample.at.timestamp()
        hour, day = int(moment // HOUR_S), int(moment // DAY_S)
        if hour > self.hour:
            if self.hour_peak:
                self.memory.add(self.hour_peak, 1.0, datetime.fromtimestamp(self.hour * HOUR_S, UTC))
            self.hour, self.hour_peak = hour, 0
        self.hour_peak = max(self.hour_peak, sample.memory)
        self.hours[hour] = max(self.hours.get(hour, 0), sample.memory)
        self.days[day] = max(self.days.get(day, 0), sample.memory)
        for number in [one for one in self.hours if one <= hour - HOURS_KEPT]:
            del self.hours[number]
        for number in [one for one in self.days if one <= day - WINDOW.days]:
            del self.days[number]

    def _note(self, pressure: Pressure) -> None:
        last = self.pressures[-1] if self.pressures else None
        if last and (last.kind, last.limit) == (pressure.kind, pressure.limit) == ("limit", last.limit):
            self.pressures[-1] = pressure
            return
        kept = [one for one in self.pressures if pressure.at - one.at <= WINDOW]
        self.pressures = [*kept, pressure][-PRESSURES_KEPT:]

    def dump(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        plain = ("samples", "observed_s", "hour", "hour_peak", "days", "hours", "pids_peak")
        return {
            **{name: getattr(self, name) for name in plain},
            "cpu": self.cpu.dump(),
            "memory": self.memory.dump(),
            "throttling": asdict(self.throttling),
            "first": self.first.isoformat() if self.first else None,
            "last": self.last.isoformat() if self.last else None,
            "pressures": [{**asdict(one), "at": one.at.isoformat()} for one in self.pressures],
        }

    @classmethod
    def load(cls, found: Mapping[str, Any]) -> Self:
        """Return what `dump` was made of."""
        return cls(
            cpu=Histogram.load(found["cpu"]),
            memory=Histogram.load(found["memory"]),
            throttling=Throttling(**found["throttling"]),
            first=_moment(found["first"]),
            last=_moment(found["last"]),
            samples=found["samples"],
            observed_s=found["observed_s"],
            hour=found["hour"],
            hour_peak=found["hour_peak"],
            days={int(day): peak for day, peak in found["days"].items()},
            hours={int(hour): peak for hour, peak in found["hours"].items()},
            pressures=[Pressure(**{**one, "at": datetime.fromisoformat(one["at"])}) for one in found["pressures"]],
            pids_peak=found["pids_peak"],
        )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
