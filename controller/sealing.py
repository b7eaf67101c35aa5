"""What Ergon records of a container without the values of its variables: they may be secret, whoever set them."""

import hashlib
import hmac
from dataclasses import replace
from typing import Any

from observed_state.container import Container

_SEAL = "sealed:"
_DIGITS = 16


def sealed(container: Container, key: str) -> Container:
    """Return the container with a keyed digest in place of each variable's value. Sealing twice changes nothing."""
    config = container.frozen.get("Config")
    if not config or not config.get("Env"):
        return container
    variables = [_sealed(entry, key) for entry in config["Env"]]
    frozen: dict[str, Any] = {**container.frozen, "Config": {**config, "Env": variables}}
    return replace(container, frozen=frozen)


def _sealed(entry: str, key: str) -> str:
    name, equals, value = entry.partition("=")
    if not equals or value.startswith(_SEAL):
        return entry
    digest = hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()
    return f"{name}={_SEAL}{digest[:_DIGITS]}"
