"""Figures for Prometheus, read off the running parts at each scrape."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from controller.runtime import Runtime


def exposition(runtime: Runtime) -> str:
    """Return the metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Figures(runtime))
    return generate_latest(registry).decode()


class _Figures(Collector):
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def collect(self) -> Iterator[Metric]:
        runtime = self._runtime
        yield GaugeMetricFamily("ergon_engine_reachable", "Whether Docker answers.", int(runtime.link.reachable))
        yield GaugeMetricFamily("ergon_queue_length", "Keys that wait for a worker.", len(runtime.queue))
        yield CounterMetricFamily("ergon_engine_events", "Events read from Docker.", runtime.informer.events_seen)
        phases = Counter((key.kind, status.phase) for key, status in runtime.records.statuses.items())
        resources = GaugeMetricFamily("ergon_resources", "Declared resources.", labels=("kind", "phase"))
        for labels, count in sorted(phases.items()):
            resources.add_metric(labels, count)
        yield resources
        restarts = sum(instance.restarts.total for instance in runtime.records.instances())
        yield GaugeMetricFamily("ergon_restarts", "Restarts of the living instances.", restarts)
        drift = sum(status.drift for status in runtime.records.statuses.values())
        yield GaugeMetricFamily("ergon_drift_fields", "Fields that differ though nobody declared so.", drift)
