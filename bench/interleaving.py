"""Take turns: what else happens on a machine then happens to all contenders alike."""

from collections.abc import Callable, Mapping

Trial = Callable[[], float]


def interleaved(contenders: Mapping[str, Trial], rounds: int, *, warm_up: int = 0) -> dict[str, list[float]]:
    """Try each contender once per round and return what their trials returned, by name, in order.

    Every round begins with another contender, so that none always follows the same one. The first
    `warm_up` rounds are not counted in `rounds`, and what they returned is dropped.
    """
    samples: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(warm_up + rounds):
        for name in rotated(list(contenders), turn):
            taken = contenders[name]()
            if turn >= warm_up:
                samples[name].append(taken)
    return samples


def rotated(names: list[str], turn: int) -> list[str]:
    """Return the names beginning with the `turn`-th, around the end."""
    start = turn % len(names) if names else 0
    return names[start:] + names[:start]
