"""What is sent to Docker: specs turned into JSON bodies of the Engine API. Pure functions, a module per concern."""

from engine.bodies.container import container_body
from engine.bodies.networking import endpoint_body, network_body
from engine.bodies.volume import volume_body

__all__ = ["container_body", "endpoint_body", "network_body", "volume_body"]
