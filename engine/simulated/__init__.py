"""A Docker daemon in memory, with the rules, errors and events of a real one, on a clock of the caller's choice.

`SimulatedEngine` implements `engine.protocol.Engine`. Below it works a daemon that holds what the
Engine API would show (the JSON of inspect), takes the bodies made by `engine.bodies`, and is read
through `engine.observing`; so what is simulated is Docker, and the translation is the real one.
"""

from engine.simulated.behaviour import Behaviour
from engine.simulated.engine import SimulatedEngine

__all__ = ["Behaviour", "SimulatedEngine"]
