"""Speeds, each measured beside its limit or its peer in the same run. `python -m bench --help`; see docs/benchmarks.md.

Nothing here is imported by the product, and nothing in the tests depends on how fast a machine is.
"""
