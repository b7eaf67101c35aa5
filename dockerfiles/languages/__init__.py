"""The languages that are understood, a module or folder each: each recognises, analyses and says how to build."""
