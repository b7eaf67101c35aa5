"""ContainerCI: the companion of each container. Here live the probes that ask it from outside.

Imports the two states and the engine; persists nothing by itself.
"""
