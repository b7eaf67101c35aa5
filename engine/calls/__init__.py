"""Calls to Docker, one module per kind of object.

Each function blocks, on a `Wire` nobody else uses meanwhile; `DockerEngine` runs it in a thread.
Errors are the SDK's, which the caller translates.
"""
