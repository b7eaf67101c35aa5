"""The adapter to the aish shell: its registry of CIs lists our companions, and one loopback listener answers for all.

What aish's files and messages look like is public in the repository `ckoons/Tekton` (`shared/aish`); here it is
followed as its client really behaves: it drops entries whose process or socket is not there, and rewrites the
whole file without a lock, so that ours are asserted again whenever they are missing.
"""
