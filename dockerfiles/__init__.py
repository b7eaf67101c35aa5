"""From a project's files to a Dockerfile: what the project is, with evidence, and how an expert would build it.

Reads only: nothing of a project is executed, and nothing here writes, runs or asks Docker anything. Knows the words of
the state files (`desired_state`) and nothing else of Ergon.
"""
