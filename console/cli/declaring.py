"""What the commands for one kind of resource share: declare some, pick one by its name, declare them no more."""

import getpass

from console.cli.failures import fail
from console.cli.options import print_json
from console.cli.outcomes import print_results
from console.cli.session import Session
from controller.client import Json


def declare(session: Session, documents: list[Json], *, as_json: bool) -> None:
    """Declare these documents, and say what that changed."""
    done = session.backend.apply(
        documents=documents, sources=[], prune=False, prune_namespace=None, confirm=False, actor=getpass.getuser()
    )
    if as_json:
        print_json(done)
    else:
        print_results(done["results"])


def remove_all(session: Session, kind: str, names: tuple[str, ...], namespace: str | None, *, as_json: bool) -> None:
    """Delete resources of one kind by their names."""
    wanted = [f"{kind}/{name.removeprefix(f'{kind}/')}" for name in names]
    done = session.backend.delete(names=wanted, namespace=namespace)
    if as_json:
        print_json(done)
    else:
        print_results(done["results"])


def one_of(found: list[Json], name: str, what: str) -> Json:
    """Return the one of this name, or id."""
    named = [one for one in found if name in (one["name"], one.get("id"), f"{one['namespace']}/{one['name']}")]
    if len(named) == 1:
        return named[0]
    if not named:
        raise fail(f'there is no {what} "{name}"', f"`ergon {what} list` shows them")
    raise fail(f'several are called "{name}"', "give the namespace with -n")
