"""What is seen in Docker, as plain values.

Here live the frozen value types for containers, images, networks, volumes, events and health,
and the record Ergon keeps of each container it made. No I/O, no Docker, no database; imports
nothing else of ours.
"""
