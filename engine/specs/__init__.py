"""The way back from Docker to a spec: what a container, network or volume that exists would be declared as.

Everything is in the words of state files, with Docker's own names for networks, volumes and other containers. Both
sides of a comparison are read here, what runs and what a declaration would make, so that they differ in nothing
but what is different. Pure functions, a module per concern.
"""

from engine.specs.defaults import without_defaults
from engine.specs.expected import as_declared
from engine.specs.found import container_fields
from engine.specs.resources import network_fields, volume_fields

__all__ = ["as_declared", "container_fields", "network_fields", "volume_fields", "without_defaults"]
