"""How long companions take to answer on their sockets, from what they know, with a controller full of containers."""

import json
import socket
import time
from collections.abc import Mapping, Sequence

from bench.ergon import running
from bench.figures import Figure, Measured
from bench.options import Options
from bench.stage import Stage

LIMIT_MS = 100.0
TOPICS = ("status", "health", "help")
_QUESTIONS = 600
# What a companion takes in a second is limited: each is asked in turn.
_WARM_UP = 50


def measure(stage: Stage, options: Options) -> Measured:
    """Return the median and the 99th percentile over all topics, each companion asked in turn."""
    count = options.most_containers
    with running(stage.host, stage.project("ergon")) as ergon:
        ergon.converge(stage.image, count)
        sockets = [one["socket"] for one in ergon.ask("ci_list")["companions"]]
        stage.settle()
        samples: dict[str, list[float]] = {topic: [] for topic in TOPICS}
        for number in range(_WARM_UP + _QUESTIONS):
            topic = TOPICS[number % len(TOPICS)]
            took = answered_ms(sockets[number % len(sockets)], topic)
            if number >= _WARM_UP:
                samples[topic].append(took)
    stage.clear()
    return judged(count, samples)


def answered_ms(path: str, topic: str) -> float:
    """Return how long a whole exchange takes: connecting, asking, and the answer's last byte."""
    began = time.perf_counter()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        client.sendall(json.dumps({"query": topic}).encode() + b"\n")
        answer = json.loads(client.makefile().readline())
    assert answer["topic"] == topic, answer
    return (time.perf_counter() - began) * 1000


def judged(count: int, samples: Mapping[str, Sequence[float]]) -> Measured:
    """Return the figures of samples in ms, by topic."""
    together = sorted(value for values in samples.values() for value in values)
    figures = [
        Figure(f"a companion's answer, median, {count} containers", _part(together, 0.50), "ms", "", None, None),
        Figure("a companion's answer, p99", _part(together, 0.99), "ms", "limit", LIMIT_MS),
    ]
    note = f"{len(together)} questions over the sockets, one after the other, about {', '.join(samples)}"
    return Measured(figures, {f"{topic} (ms)": list(values) for topic, values in samples.items()}, [note])


def _part(ordered: Sequence[float], part: float) -> float:
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]
