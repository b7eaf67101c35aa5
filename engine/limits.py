"""How many calls may be on their way to Docker at once, and how long each may take.

Every class of call has threads of its own, so that a slow registry can't hold up a stop, nor a
frozen daemon's writes the reads that would notice it.
"""

import math

# 40 containers created and started on Engine 20.10 with two cores take as long with 4 threads as
# with 16; beyond that they take longer.
# Making 40 containers took 2.85 s with 8 writes at once and 2.66 s with 16 on two cores (28.5); more gained nothing.
WRITES = 16
READS = 8
PULLS = 3
# Questions to registries: many small ones, each a few round trips to another machine.
REGISTRY = 4
# Each holds a thread and a connection for as long as somebody watches.
FOLLOWS = 32

# Each holds a thread for as long as a declared command runs.
COMMANDS = 8
# So much of what a command printed is kept, the end of it.
OUTPUT_BYTES = 2048

CONNECT_S = 3.0
PING_S = 3.0
READ_S = 30.0
WRITE_S = 60.0
# A removal waits for the container's processes and its file system.
REMOVE_S = 120.0
REGISTRY_S = 30.0
# How long a registry or a build step may say nothing.
SILENCE_S = 600


def stop_s(grace_s: float) -> float:
    """Return how long to wait for a stop: its grace, then Docker's own kill."""
    return whole_seconds(grace_s) + 30.0


def whole_seconds(grace_s: float) -> int:
    """Return a grace period as Docker takes it, never shorter than asked."""
    return math.ceil(grace_s)
