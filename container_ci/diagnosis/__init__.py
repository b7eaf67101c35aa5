"""Why a container fails, from what was seen of it. Pure but for `gathering`, which looks.

A *situation* holds all that is known; rules, one family a module, find causes in it with the words that
show them; the ranking puts the root cause first and drops what it explains.
"""
