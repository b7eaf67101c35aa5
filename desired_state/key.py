"""The name of a resource: what events point at, queues hold and the store looks up."""

from dataclasses import dataclass
from typing import Self

DEFAULT_NAMESPACE = "default"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """(kind, namespace, name). Prints as `container/shop/web`."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind.lower()}/{self.namespace}/{self.name}"

    def sibling(self, kind: str, name: str) -> Self:
        """Return the key of another resource of the same namespace."""
        return type(self)(kind, self.namespace, name)
