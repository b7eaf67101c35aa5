"""`ergon approve`: a person's word on what differs."""

import click

from console.cli.completing import RESOURCE
from console.cli.options import namespace_option
from console.cli.outcomes import note_if_nobody_acts, print_results
from console.cli.session import Session, note, pass_session


@click.command()
@click.argument("name", type=RESOURCE)
@namespace_option
@click.option("--field", "fields", multiple=True, metavar="PATH", help="Only this field, as `ergon diff` names it.")
@click.option("--plan", metavar="ID", help="Only if what differs is still the plan that `ergon diff` showed.")
@click.option("--accept", "verdict", flag_value="accept", help="Keep it as found, and say no more of it.")
@click.option("--reject", "verdict", flag_value="reject", help="Keep it as found, and go on showing it.")
@click.option("--reason", default="", help="Why: it is recorded with your name.")
@pass_session
def approve(
    session: Session,
    *,
    name: str,
    namespace: str | None,
    fields: tuple[str, ...],
    plan: str | None,
    verdict: str | None,
    reason: str,
) -> None:
    """Have the differences of NAME put right that wait for your word.

    It holds for exactly what differs now: when a field changes again, Ergon asks anew. With
    --field, what is only told (policy alert) is put right, too.
    """
    answer = session.backend.approve(
        name=name, namespace=namespace, fields=fields, plan=plan, verdict=verdict or "repair", reason=reason
    )
    print_results(answer["results"])
    note(f"fields: {', '.join(dict.fromkeys(answer['fields']))}")
    note_if_nobody_acts(session)
