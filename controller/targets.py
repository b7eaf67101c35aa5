"""Find the resources that a person means: `web`, `container/web`, `shop/web`, `container/shop/web`."""

from collections.abc import Iterable
from difflib import get_close_matches

from controller.errors import ServiceError
from desired_state.key import Key
from desired_state.resource import KINDS

_KINDS = {kind.lower(): kind for kind in KINDS}


def find(text: str, namespace: str | None, known: Iterable[Key]) -> Key:
    """Return the one resource that `text` names.

    A bare name means a container where there is one. Without a namespace, all are searched.

    Raises:
        ServiceError: none does (404, with the nearest name), or several do (409, with all of them).
    """
    keys = list(known)
    kind, namespace, name = _parts(text, namespace)
    found = [
        key for key in keys if key.name == name and kind in (None, key.kind) and namespace in (None, key.namespace)
    ]
    if kind is None:
        found = [key for key in found if key.kind == "Container"] or found
    if len(found) == 1:
        return found[0]
    if not found:
        hint = near_miss(name, (key.name for key in keys)) or "`ergon status` lists what is declared"
        raise ServiceError(f'nothing named "{text}" is declared', hint, 404)
    listed = ", ".join(str(key) for key in sorted(found))
    raise ServiceError(f'"{text}" may mean {listed}', "name one of them whole, or give its namespace with -n", 409)


def near_miss(name: str, known: Iterable[str]) -> str:
    """Return the hint with the nearest right name, "" when none is near."""
    near = get_close_matches(name, set(known), 1)
    return f'did you mean "{near[0]}"?' if near else ""


def _parts(text: str, namespace: str | None) -> tuple[str | None, str | None, str]:
    parts = text.split("/")
    kind = _KINDS.get(parts[0].lower()) if len(parts) > 1 else None
    rest = parts[1:] if kind else parts
    if len(rest) > 2 or not all(rest):
        raise ServiceError(f'"{text}" is not the name of a resource', "write web, container/web or container/shop/web")
    return kind, rest[0] if len(rest) == 2 else namespace, rest[-1]
