"""Which secrets of a container must never be shown."""

from container_ci.logs.redaction import Redactor, secrets_of
from observed_state.container import Container


def redactor_of(container: Container | None) -> Redactor:
    """Return what takes a container's own secrets out of text, and whatever looks like one."""
    config = (container.frozen.get("Config") if container else None) or {}
    variables = (entry.partition("=") for entry in config.get("Env") or ())
    return Redactor(secrets_of({name: value for name, _, value in variables}))
