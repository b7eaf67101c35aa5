"""Docker behind one small interface.

Here live the `Engine` protocol, the adapter on the docker SDK, an in-memory Docker with the same
errors and events, and the translation between specs, API bodies and observed values. The engine
acts and never decides. Nothing outside this folder imports `docker`.
"""
