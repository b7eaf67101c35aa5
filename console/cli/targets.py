"""Declared resources as commands hold them. What a typed name means is decided by the service, in one place."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from console.cli.backend import Backend
from controller.client import Json


@dataclass(frozen=True, order=True)
class Target:
    """One declared resource. Prints as `container/shop/web`."""

    namespace: str
    kind: str
    name: str

    @classmethod
    def of(cls, about: Json) -> Self:
        """Return the resource that a JSON object with kind, namespace and name is about."""
        return cls(about["namespace"], about["kind"], about["name"])

    def __str__(self) -> str:
        return f"{self.kind.lower()}/{self.namespace}/{self.name}"


def statuses(backend: Backend, names: Iterable[str], namespace: str | None) -> list[Json]:
    """Return the status of each named resource, in the order given.

    Raises:
        ServiceError: nothing has that name (404), or several things do (409).
    """
    answers = [backend.status(namespace=namespace, name=name) for name in dict.fromkeys(names)]
    return [resource for answer in answers for resource in answer["resources"]]
