"""The names people type: `web`, `container/web`, `shop/web`, `container/shop/web`; and which resource they mean."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import click

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

    def means(self, kind: str, namespace: str, name: str) -> bool:
        """Tell whether this can be the name of that resource."""
        return name == self.name and self.kind in (None, kind) and self.namespace in (None, namespace)


@dataclass(frozen=True, order=True)
class Target:
    """One declared resource. `qualified` is its name within its namespace."""

    namespace: str
    kind: str
    name: str

    @classmethod
    def of(cls, about: Json) -> Self:
        """Return the resource that a JSON object with kind, namespace and name is about."""
        return cls(about["namespace"], about["kind"], about["name"])

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


def find(
    resources: Iterable[Json], texts: Iterable[str], namespace: str | None, kind: str | None = None
) -> list[Target]:
    """Return the resources of a status answer that names mean, in the order given.

    A bare name means the container of that name when there is one. `kind` is the only kind that
    counts, None for all.

    Raises:
        ServiceError: nothing has that name, or several namespaces or kinds do.
    """
    declared = [Target.of(resource) for resource in resources if kind in (None, resource["kind"])]
    return [_the_one(parse_name(text, namespace), declared) for text in dict.fromkeys(texts)]


def by_namespace(targets: Sequence[Target]) -> dict[str, list[Target]]:
    """Return targets grouped by namespace, in the order they were named."""
    groups: dict[str, list[Target]] = {}
    for target in targets:
        groups.setdefault(target.namespace, []).append(target)
    return groups


def _the_one(wanted: Name, declared: list[Target]) -> Target:
    found = [target for target in declared if wanted.means(target.kind, target.namespace, target.name)]
    found = [target for target in found if target.kind == "Container"] or found
    if len(found) == 1:
        return found[0]
    if found:
        candidates = ", ".join(str(target) for target in sorted(found))
        raise fail(f'"{wanted}" could be any of {candidates}', "name one of them in full, or give -n NAMESPACE")
    raise fail(f'nothing declared is called "{wanted}"', _nearest(wanted, declared))


def _nearest(wanted: Name, declared: list[Target]) -> str:
    near = difflib.get_close_matches(wanted.name, sorted({target.name for target in declared}), 1)
    return f'did you mean "{near[0]}"?' if near else "`ergon status` lists what is declared"
