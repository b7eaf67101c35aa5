"""Creating a container on all its networks, on engines that join one at a time too."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine.bodies import container_body
from engine.protocol import Created, NewContainer
from engine.simulated.answers import Refusal
from engine.simulated.daemon import Daemon


def create(daemon: Daemon, new: NewContainer) -> Created:
    """Make the container on all its networks, or none at all.

    Raises:
        Refusal: as the daemon says.
    """
    body = container_body(new, daemon.host.api_version)
    later = {} if daemon.host.modern else _joined_later(body)
    record = daemon.containers.create(new.name, body)
    try:
        for network, endpoint in later.items():
            daemon.containers.connect(record, network, endpoint)
    except Refusal:
        daemon.containers.remove(record, volumes=True)
        raise
    return Created(record.id)


def _joined_later(body: dict[str, Any]) -> dict[str, Any]:
    """Take all networks but the first from the body and return them."""
    joins = body.get("NetworkingConfig", {}).get("EndpointsConfig", {})
    later = dict(list(joins.items())[1:])
    for network in later:
        del joins[network]
    return later


@contextmanager
def satisfied_by(words: str) -> Iterator[None]:
    """Take a refusal with these words for success: things are already as asked."""
    try:
        yield
    except Refusal as answer:
        if words not in answer.message:
            raise
