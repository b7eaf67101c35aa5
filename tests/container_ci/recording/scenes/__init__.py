"""The scenes of all areas, each named once."""

from collections.abc import Sequence
from importlib import import_module

from tests.container_ci.recording.scene import Load, Scene

_TABLES = {
    "discovery": ("discovery_stores", "discovery_proxies", "discovery_apps", "discovery_traps", "discovery_more"),
    "diagnosis": (
        "diagnosis_starts",
        "diagnosis_exits",
        "diagnosis_limits",
        "diagnosis_network",
        "diagnosis_apps",
        "diagnosis_config",
        "diagnosis_checks",
        "diagnosis_well",
    ),
}


def loads() -> Sequence[Load]:
    """Return what is sampled for sizing."""
    return list(import_module(f"{__name__}.sizing_loads").LOADS)


def scenes(area: str) -> Sequence[Scene]:
    """Return the scenes of one area, in the order of their tables."""
    tables = [import_module(f"{__name__}.{table}").SCENES for table in _TABLES[area]]
    return [scene for table in tables for scene in table]
