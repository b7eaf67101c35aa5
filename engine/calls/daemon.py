"""What is asked of the daemon about itself."""

from typing import Any

from docker.errors import NotFound

from engine import observing
from engine.connection import Wire
from observed_state.engine import EngineInfo


def info(wire: Wire) -> EngineInfo:
    """Return what the daemon is."""
    return observing.engine_info(wire.get("/info"), wire.get("/version"), wire.api_version, _default_bridge(wire))


def ping(wire: Wire) -> None:
    """Return if it answers."""
    wire.ping()


def _default_bridge(wire: Wire) -> dict[str, Any]:
    """Return the network that every daemon makes anew when it starts, {} where its administrator forbade that."""
    try:
        bridge: dict[str, Any] = wire.get("/networks/bridge")
    except NotFound:
        return {}
    return bridge
