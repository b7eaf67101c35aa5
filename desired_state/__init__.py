"""What users declare.

Here live the resource model (one module per kind), the loader of state files with positions, the
Compose reader and the JSON schema. No Docker, no database, no clock; imports nothing else of ours.
"""
