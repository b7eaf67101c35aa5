"""`ergon run` and `ergon shutdown`: the controller itself."""

import click

from console.cli.failures import fail
from console.cli.session import Session, note, pass_session

ENDS_WITHIN_S = 60.0
_PERIOD_S = 0.05


@click.command()
@click.option("--stop-on-exit", is_flag=True, help="When the controller ends, stop its containers, too.")
@pass_session
@click.pass_context
def run(ctx: click.Context, session: Session, stop_on_exit: bool) -> None:
    """Run the controller in the foreground, as a service does.

    Ctrl-C or SIGTERM end it. Containers keep running when it ends, and Docker restarts them until it is back.
    """
    from controller.program import run as run_controller  # noqa: PLC0415 - imports everything

    ctx.exit(run_controller(session.state_dir, stop_on_exit=stop_on_exit))


@click.command()
@click.option("--stop-containers", is_flag=True, help="Stop the containers it looks after, too.")
@pass_session
def shutdown(session: Session, stop_containers: bool) -> None:
    """End the controller that runs in the background."""
    session.backend.shutdown(stop_containers=stop_containers)
    end = session.monotonic() + ENDS_WITHIN_S
    while session.backend.controller_is_ready():
        if session.monotonic() >= end:
            raise fail("the controller is still ending", "`ergon status` shows when it has")
        session.sleep(_PERIOD_S)
    note(f"The controller has ended; its containers {'are stopped' if stop_containers else 'keep running'}.")
