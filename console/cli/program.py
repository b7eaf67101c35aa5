"""`ergon run` and `ergon shutdown`: the controller itself."""

import os

import click

from console.cli.failures import fail
from console.cli.options import policy_option
from console.cli.session import Session, note, pass_session

ENDS_WITHIN_S = 60.0
_PERIOD_S = 0.05


@click.command()
@click.option("--stop-on-exit", is_flag=True, help="When the controller ends, stop its containers, too.")
@policy_option
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
    backend = session.backend
    pid = backend.status()["controller"]["pid"] if backend.controller_is_ready() else None
    backend.shutdown(stop_containers=stop_containers)
    end = session.monotonic() + ENDS_WITHIN_S
    while backend.controller_is_ready() or _lives(pid):
        if session.monotonic() >= end:
            raise fail("the controller is still ending", "its log says what it waits for")
        session.sleep(_PERIOD_S)
    note(f"The controller has ended; its containers {'are stopped' if stop_containers else 'keep running'}.")


def _lives(pid: int | None) -> bool:
    """Tell whether the process is there: it holds the store for a moment longer than the socket."""
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
