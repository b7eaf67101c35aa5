"""Pure planning: what is wanted and what is seen go in, reasoned actions come out.

One module per kind, and the graph that composes them. No I/O, no clock, no client, no logger:
a planner can't write by construction. Imports the two states and nothing else of ours.
"""
