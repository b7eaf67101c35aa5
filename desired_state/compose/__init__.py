"""Compose files: read as declarations, and written from them.

A service becomes a Container resource with the same words; the file's networks, volumes, configs and
secrets become resources of their kinds; the project's name is the namespace.
"""
