"""What is asked of the daemon about itself."""

from engine import observing
from engine.connection import Wire
from observed_state.engine import EngineInfo


def info(wire: Wire) -> EngineInfo:
    """Return what the daemon is."""
    return observing.engine_info(wire.get("/info"), wire.get("/version"), wire.api_version)


def ping(wire: Wire) -> None:
    """Return if it answers."""
    wire.ping()
