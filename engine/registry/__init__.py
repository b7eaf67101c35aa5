"""Image registries, asked directly: what a tag means there, which tags there are. The daemon pulls and pushes.

Everything that can go wrong is raised as `engine.errors.PullFailed`, with what to do about it.
"""
