"""A language model that may explain what was found. Optional, off until configured, and nothing acts on what it says.

What is here decides what leaves (dossier), and what of the answer is believed (answer). The library that speaks
to the model is imported by `analyst` alone, when a model is really asked.
"""
