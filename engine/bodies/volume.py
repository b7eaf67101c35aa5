"""The body of `POST /volumes/create`."""

from collections.abc import Mapping
from typing import Any

from desired_state.volume import VolumeSpec
from engine.bodies.given import filled


def volume_body(name: str, spec: VolumeSpec, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return what creates the volume; `labels` are added to the spec's own."""
    return filled(
        {"Name": name, "Driver": spec.driver, "DriverOpts": spec.driver_opts, "Labels": {**spec.labels, **labels}}
    )
