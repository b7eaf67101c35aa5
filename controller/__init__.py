"""The running program: workqueue, informer, executor, supervisor, service functions, API and client.

Wires everything below together and is imported by `console` alone. `python -m controller` runs it.
"""
