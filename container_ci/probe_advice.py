"""Which probes a container that has none could declare, as they would stand in its state file."""

from collections.abc import Iterator, Mapping
from typing import Any

from container_ci.desk import Desk


def advised_probes(desk: Desk) -> dict[str, Any]:
    """Return what to write under `probes:`, {} where something asks already, or nothing is known to be asked."""
    subject = desk.subject
    container, spec = subject.container, subject.spec
    asked = container.health != "none" or (spec is not None and spec.probes is not None)
    if asked or not container.running or desk.discovery is None:
        return {}
    # The table of services is large: it is loaded by whoever has looked what runs.
    from container_ci.discovery.capability import suggestion  # noqa: PLC0415

    return dict(suggestion(desk.discovery))


def as_written(probes: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a state file."""
    if probes:
        yield "probes:"
        yield from (f"  {kind}: {_flow(probe)}" for kind, probe in probes.items())


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_flow(item)}" for name, item in value.items()) + "}"
    return str(value)
