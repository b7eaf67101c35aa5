"""The names people type: `web`, `container/web`, `shop/web`, `container/shop/web`; and which resource they mean."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import click

from console.cli.backend import Backend
from console.cli.failures import fail
from controller.client import Json

KINDS = ("Container", "Image", "Network", "Volume", "Config", "Secret", "Project", "Solution")
_KIND_OF = {spelling: kind for kind in KINDS for spelling in (kind.lower(), f"{kind.lower()}s")}


@dataclass(frozen=True)
class Name:
    """A typed name. `kind` and `namespace` are None where the user left them open."""

    name: str
    kind: str | None = None
    namespace: str | None = None

    def __str__(self) -> str:
        return "/".join(part for part in ((self.kind or "").lower(), self.namespace, self.name) if part)

    def matches(self, other: Json) -> bool:
        """Tell whether a JSON object with kind, namespace and name is one that was meant."""
        return (
            other.get("name") == self.name
            and self.kind in (None, other.get("kind"))
            and self.namespace in (None, other.get("namespace"))
        )


@dataclass(frozen=True, order=True)
class Target:
    """One declared resource. `qualified` is its name within its namespace."""

    namespace: str
    kind: str
    name: str

    @property
    def qualified(self) -> str:
        return f"{self.kind.lower()}/{self.name}"

    def __str__(self) -> str:
        return f"{self.kind.lower()}/{self.namespace}/{self.name}"


def parse_name(text: str, namespace: str | None) -> Name:
    """Return what a typed name says; `namespace` is the one of `-n`.

    Raises:
        click.UsageError: too many parts, an empty one, or two different namespaces.
    """
    *before, name = text.split("/")
    kind = _KIND_OF.get(before[0].lower()) if before else None
    spaces = before[1:] if kind else before
    if not name or len(spaces) > 1 or "" in before:
        raise click.UsageError(f'"{text}" is not a name; write web, container/web or container/shop/web')
    if spaces and namespace not in (None, spaces[0]):
        raise click.UsageError(f'"{text}" names the namespace {spaces[0]}, but -n says {namespace}')
    return Name(name, kind, spaces[0] if spaces else namespace)


def find(backend: Backend, texts: Iterable[str], namespace: str | None, kind: str | None = None) -> list[Target]:
    """Return the declared resources that names mean, in the order given; `kind` is the only one that counts.

    A bare name means the container of that name when there is one.

    Raises:
        ServiceError: nothing has that name, or several namespaces or kinds do.
    """
    declared = [
        Target(resource["namespace"], resource["kind"], resource["name"])
        for resource in backend.status(namespace=namespace)["resources"]
        if kind in (None, resource["kind"])
    ]
    return [_the_one(parse_name(text, namespace), declared) for text in dict.fromkeys(texts)]


def by_namespace(targets: Sequence[Target]) -> dict[str, list[Target]]:
    """Return targets grouped by namespace, in the order they were named."""
    groups: dict[str, list[Target]] = {}
    for target in targets:
        groups.setdefault(target.namespace, []).append(target)
    return groups


def _the_one(wanted: Name, declared: list[Target]) -> Target:
    found = [
        target
        for target in declared
        if target.name == wanted.name
        and wanted.kind in (None, target.kind)
        and wanted.namespace in (None, target.namespace)
    ]
    containers = [target for target in found if target.kind == "Container"]
    found = containers or found
    if len(found) == 1:
        return found[0]
    if found:
        candidates = ", ".join(str(target) for target in sorted(found))
        raise fail(f'"{wanted}" could be any of {candidates}', "name one of them in full, or give -n NAMESPACE")
    raise fail(f'nothing declared is called "{wanted}"', _nearest(wanted, declared))


def _nearest(wanted: Name, declared: list[Target]) -> str:
    near = difflib.get_close_matches(wanted.name, sorted({target.name for target in declared}), 1)
    return f'did you mean "{near[0]}"?' if near else "`ergon status` lists what is declared"
