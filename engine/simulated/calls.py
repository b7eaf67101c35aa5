"""The record of what was asked of the simulated engine."""

from dataclasses import dataclass, field

_READS = (
    frozenset(
        (
            "info",
            "ping",
            "events",
            "past_events",
            "logs",
            "stats",
            "image_history",
            "top",
            "stats",
            "get_archive",
            "list_containers",
            "list_networks",
            "list_volumes",
            "list_images",
        )
    )
    | frozenset(("inspect_container", "inspect_network", "inspect_volume", "inspect_image"))
    | frozenset(("offered_digest", "offered_tags", "offered_since"))
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the `Engine` method, what it was about, and when (the clock's monotonic seconds)."""

    method: str
    subject: str
    at: float

    @property
    def writes(self) -> bool:
        """Whether it is of a kind that changes something in Docker."""
        return self.method not in _READS


@dataclass(slots=True)
class Calls:
    """Every call so far, refused and failed ones too."""

    all: list[Call] = field(default_factory=list)

    def note(self, call: Call) -> None:
        self.all.append(call)

    @property
    def writes(self) -> list[Call]:
        return [call for call in self.all if call.writes]

    def count(self, method: str) -> int:
        """Return how often a method was called."""
        return sum(call.method == method for call in self.all)

    def clear(self) -> None:
        self.all.clear()
