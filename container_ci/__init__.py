"""ContainerCI: the companion of each container, what it can do, and the probes that ask from outside.

Imports the two states and the engine; persists nothing by itself.
"""
