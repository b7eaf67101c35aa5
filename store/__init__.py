"""The state store: what is declared, what was done, what was seen.

Tables, transactions, revisions, events, history and the watch log, on SQLite (or PostgreSQL).
SQL is written here and nowhere else. Imports the two states and nothing else of ours.
"""
