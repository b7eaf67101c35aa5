"""Complete names of resources and files on the command line. Whatever goes wrong, there is nothing to complete."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from controller.client import Client, Json, socket_path, state_dir_from_environment
from controller.errors import ServiceError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# A person waits for it between two keys.
DEADLINE_S = 0.5


class ResourceName(click.ParamType[str]):
    """The name of something declared: `web`, `container/web`, `container/shop/web`; with `files` also a path."""

    name = "name"

    def __init__(self, *, files: bool = False) -> None:
        self._files = files

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":  # noqa: ARG002 - click's own signature
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only a shell that completes needs it

        names = sorted({name for name in _names(ctx.params.get("namespace")) if name.startswith(incomplete)})
        # Longer names are only offered to those who began to write one.
        offered = names if "/" in incomplete else [name for name in names if "/" not in name or _is_lone(name, names)]
        return [*map(CompletionItem, offered), *([CompletionItem(incomplete, type="file")] if self._files else [])]


class FileName(click.ParamType[str]):
    """A path, or - for standard input."""

    name = "file"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":  # noqa: ARG002 - likewise
        from click.shell_completion import CompletionItem  # noqa: PLC0415

        return [CompletionItem(incomplete, type="file")]


RESOURCE = ResourceName()
RESOURCE_OR_FILE = ResourceName(files=True)
FILE = FileName()


def _names(namespace: str | None) -> Iterator[str]:
    """Yield how what is declared can be named, as the running controller knows it."""
    try:
        client = Client(socket_path(state_dir_from_environment()), DEADLINE_S)
        resources = client.call("status", {"namespace": namespace})["resources"]
    except (ServiceError, KeyError):
        return
    for resource in resources:
        yield from _ways_to_name(resource)


def _ways_to_name(resource: Json) -> Iterator[str]:
    kind, namespace, name = str(resource["kind"]).lower(), resource["namespace"], str(resource["name"])
    if kind == "container":
        yield name
    yield f"{kind}/{name}"
    yield f"{kind}/{namespace}/{name}"


def _is_lone(name: str, names: list[str]) -> bool:
    """Return whether nothing shorter means the same: a network has no bare name beside a container's."""
    kind, _, rest = name.partition("/")
    return kind != "container" and "/" not in rest and rest not in names
