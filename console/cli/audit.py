"""`ergon audit`: who changed what, in a trail that shows when somebody edited it."""

import click

from console.cli.completing import RESOURCE
from console.cli.humane import age
from console.cli.options import json_option, namespace_option, print_json
from console.cli.session import Session, pass_session
from console.cli.tables import Row, print_table
from console.cli.targets import Target
from controller.client import Json


@click.command()
@click.argument("name", required=False, type=RESOURCE)
@namespace_option
@click.option("-l", "--last", type=click.IntRange(1), default=50, help="How many rows; 50 unless given.")
@click.option("--verify", is_flag=True, help="Also check every row of the trail; exits 1 when it was tampered with.")
@json_option
@pass_session
@click.pass_context
def audit(
    ctx: click.Context,
    session: Session,
    *,
    name: str | None,
    namespace: str | None,
    last: int,
    verify: bool,
    as_json: bool,
) -> None:
    """List who changed what is declared. Oldest first.

    Each row carries a hash over the one before it, so that an edited or dropped row shows.
    """
    answer = session.backend.audit(namespace=namespace, name=name, limit=last, verify=verify)
    if as_json:
        print_json(answer)
    else:
        _print_records(session, answer["records"])
        if answer["verified"]:
            click.echo(_verdict(answer["verified"]))
    if answer["verified"] and not answer["verified"]["whole"]:
        ctx.exit(1)


def _print_records(session: Session, records: list[Json]) -> None:
    rows: list[Row] = [
        [
            str(one["seq"]),
            age(one["at"], session.now()),
            one["actor"],
            one["verb"],
            str(Target.of(one)) if one["kind"] else "-",
            one["detail"],
        ]
        for one in records
    ]
    if rows:
        print_table(("NO", "AGO", "WHO", "DID", "TO", "DETAIL"), rows, session.width)
    else:
        click.echo("Nobody has changed anything.")


def _verdict(verified: Json) -> str:
    if not verified["whole"]:
        return click.style(
            f"The trail is broken: row {verified['first_broken']} was edited, or rows before it were dropped.", fg="red"
        )
    earlier = f" Rows up to {verified['begins_after']} were removed for their age." if verified["begins_after"] else ""
    whole = f"The trail is whole: {verified['rows']} rows, the newest is {verified['newest']}."
    return f"{whole}{earlier}\nIts hash, to be kept elsewhere: {verified['hash'] or '-'}"
