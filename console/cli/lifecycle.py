"""`ergon start`, `stop`, `restart`, `scale`, `pause`, `resume`: change how declared containers run."""

import click

from console.cli.humane import Duration, duration
from console.cli.names import Target, by_namespace, find
from console.cli.options import namespace_option
from console.cli.outcomes import note_if_nobody_acts
from console.cli.session import Session, pass_session

_names = click.argument("names", nargs=-1, required=True, metavar="NAME...")


@click.command()
@_names
@namespace_option
@pass_session
def start(session: Session, names: tuple[str, ...], namespace: str | None) -> None:
    """Have stopped containers run again."""
    _act(session, "start", "will run", _grouped(session, names, namespace))


@click.command()
@_names
@namespace_option
@pass_session
def stop(session: Session, names: tuple[str, ...], namespace: str | None) -> None:
    """Stop containers until `ergon start`.

    They stay declared, and Ergon keeps them stopped.
    """
    _act(session, "stop", "will stop", _grouped(session, names, namespace))


@click.command()
@_names
@namespace_option
@pass_session
def restart(session: Session, names: tuple[str, ...], namespace: str | None) -> None:
    """Restart containers, as gently as their update rules say."""
    _act(session, "restart", "will restart", _grouped(session, names, namespace))


@click.command()
@_names
@namespace_option
@pass_session
def resume(session: Session, names: tuple[str, ...], namespace: str | None) -> None:
    """End a pause: Ergon looks after them again."""
    _act(session, "resume", "resumed", _grouped(session, names, namespace, kind=None))


@click.command()
@_names
@namespace_option
@click.option("--for", "for_s", type=Duration(), metavar="DURATION", help="For how long (2h); else until resumed.")
@click.option("--reason", required=True, help="Why: whoever looks at the status will read it.")
@pass_session
def pause(session: Session, *, names: tuple[str, ...], namespace: str | None, for_s: float | None, reason: str) -> None:
    """Keep Ergon's hands off resources for a while.

    Drift and crashes are still seen and told; nothing is done about them.
    """
    until = f"for {duration(for_s)}" if for_s is not None else "until `ergon resume`"
    for space, targets in _grouped(session, names, namespace, kind=None).items():
        qualified = [target.qualified for target in targets]
        session.backend.pause(names=qualified, namespace=space, for_s=for_s, reason=reason)
        for target in targets:
            click.echo(f"{target} paused {until}")
    note_if_nobody_acts(session)


@click.command()
@click.argument("scales", nargs=-1, required=True, metavar="NAME=N...")
@namespace_option
@pass_session
def scale(session: Session, scales: tuple[str, ...], namespace: str | None) -> None:
    """Set how many instances run, as in `ergon scale web=3`."""
    wanted = dict(_parsed(text) for text in scales)
    declared = session.backend.status(namespace=namespace)["resources"]
    for target, replicas in zip(find(declared, wanted, namespace, "Container"), wanted.values(), strict=True):
        session.backend.scale(name=target.name, namespace=target.namespace, replicas=replicas)
        click.echo(f"{target} scaled to {replicas}")
    note_if_nobody_acts(session)


def _act(session: Session, verb: str, told: str, groups: dict[str, list[Target]]) -> None:
    for space, targets in groups.items():
        session.backend.act(verb, names=[target.qualified for target in targets], namespace=space)
        for target in targets:
            click.echo(f"{target} {told}")
    note_if_nobody_acts(session)


def _grouped(
    session: Session, names: tuple[str, ...], namespace: str | None, kind: str | None = "Container"
) -> dict[str, list[Target]]:
    return by_namespace(find(session.backend.status(namespace=namespace)["resources"], names, namespace, kind))


def _parsed(text: str) -> tuple[str, int]:
    name, _, count = text.partition("=")
    if not name or not count.isdecimal():
        raise click.UsageError(f'"{text}" is not a scale; write it like web=3')
    return name, int(count)
