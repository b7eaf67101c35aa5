"""What registries are asked: directly where they can be reached from here, else through the daemon."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import TypeVar

from desired_state.image_reference import Reference, parse
from engine.calls import images
from engine.connection import Wire
from engine.errors import PullFailed
from engine.registry.client import RegistryClient
from engine.registry.credentials import credentials_for
from engine.registry.endpoints import endpoints

_Answer = TypeVar("_Answer")


def digest(wire: Wire, reference: str) -> str:
    """Return the digest that a reference has in its registry now.

    A direct look counts as no pull where pulls are counted; the daemon may know a way there that we don't.
    """
    try:
        return _asked(wire, reference, RegistryClient.digest)
    except PullFailed as error:
        if error.reason != "Unreachable":
            raise
    return images.offered_digest(wire, reference)


def tags(wire: Wire, reference: str) -> list[str]:
    """Return the tags of a reference's repository."""
    return _asked(wire, reference, RegistryClient.tags)


def created(wire: Wire, reference: str) -> datetime | None:
    """Return when an image in its registry says it was made, None when it does not say."""
    return _asked(wire, reference, RegistryClient.created)


def _asked(wire: Wire, reference: str, question: Callable[[RegistryClient, Reference], _Answer]) -> _Answer:
    wanted = parse(reference)
    with _client(wire, wanted.registry) as client:
        return question(client, wanted)


@contextmanager
def _client(wire: Wire, registry: str) -> Iterator[RegistryClient]:
    where = endpoints(registry, images.registry_config(wire))
    with closing(RegistryClient(registry, where, credentials_for(registry))) as client:
        yield client
