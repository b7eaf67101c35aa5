"""Set-up of a machine: the virtual environment and a Docker engine. Standard library only; not shipped.

These run before the virtual environment exists, from the checkout's root: `python3 -m tools.setup`.
"""
