"""`ergon up`: apply, have a controller run, follow until ready, then show changes as they happen."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

from console.cli import background
from console.cli.apply import Pruning, apply_documents
from console.cli.background import Controller
from console.cli.completing import FILE
from console.cli.events import event_line
from console.cli.failures import Stuck, TimedOut, fail
from console.cli.hopeless import STUCK_S
from console.cli.loading import Documents, load_files
from console.cli.options import files_namespace_option, policy_option, prune_options, timeout_option
from console.cli.outcomes import print_results
from console.cli.progress import progress
from console.cli.session import Session, note, pass_session
from console.cli.waiting import wait_until
from controller.errors import ServiceError


@click.command()
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@files_namespace_option
@click.option("-d", "--detach", is_flag=True, help="Return when all is ready; the controller stays.")
@prune_options
@click.option("--stop-on-exit", is_flag=True, help="When this ends, stop the containers, too.")
@timeout_option
@policy_option
@pass_session
def up(
    session: Session,
    *,
    files: tuple[str, ...],
    namespace: str | None,
    detach: bool,
    prune: bool,
    yes: bool,
    stop_on_exit: bool,
    timeout: float,
) -> None:
    """Declare what FILEs say, make it so, and keep it so.

    Starts a controller if none runs, follows until all is ready, then shows changes as they happen.
    Ctrl-C ends what this command started; the containers keep running.
    """
    loaded, pruning = load_files(files, namespace), Pruning(prune, yes, namespace)
    with _termination_as_interrupt():
        controller = background.ensure_running(session)
        if detach:
            _leave_behind(session, controller, loaded, pruning, timeout)
            return
        try:
            _attend(session, loaded, pruning, timeout, _what_ctrl_c_does(controller, stop_on_exit))
        except KeyboardInterrupt:
            note("")
            _leave(session, controller, stop_on_exit)
        except ServiceError:
            background.end(session, controller)
            raise


def _leave_behind(
    session: Session, controller: Controller, loaded: Documents, pruning: Pruning, timeout_s: float
) -> None:
    """Bring everything up, and leave the controller in the background. One that has nothing to do is not left."""
    try:
        _bring_up(session, loaded, pruning, timeout_s)
    except (TimedOut, Stuck):
        # It is declared: what ends the hold is noticed, and what holds is tried again.
        note("The controller runs in the background and goes on trying.")
        raise
    except ServiceError:
        background.end(session, controller)
        raise
    note(f"The controller {'runs' if controller.ours else 'keeps running'} in the background.")


def _attend(session: Session, loaded: Documents, pruning: Pruning, timeout_s: float, way_out: str) -> None:
    """Bring everything up, then show what happens to it, until the controller ends.

    Raises:
        ServiceError: what is declared was refused, or somebody ended the controller.
    """
    try:
        _bring_up(session, loaded, pruning, timeout_s)
    except (TimedOut, Stuck) as error:
        # A person is watching, and Ergon goes on trying: what is wrong is told, and followed.
        note(f"warning: {error.message}")
    note(f"Changes are shown as they happen. {way_out}")
    namespaces = {target.namespace for target in loaded.targets}
    for event in session.backend.follow_events(since=session.now().isoformat()):
        if event["namespace"] in namespaces:
            click.echo(event_line(event))
    raise fail("the controller has ended", "`ergon up` starts it again")


def _bring_up(session: Session, loaded: Documents, pruning: Pruning, timeout_s: float) -> None:
    print_results(apply_documents(session, loaded, pruning)["results"])
    with progress(session) as show:
        wait_until(session, "ready", loaded.targets, timeout_s, show, stuck_s=STUCK_S)
    note(f"All {len(loaded.targets)} ready." if len(loaded.targets) != 1 else "Ready.")


def _leave(session: Session, controller: Controller, stop_on_exit: bool) -> None:
    if controller.ours:
        note("Ending the controller...")
        background.end(session, controller, stop_containers=stop_on_exit)
        note(_farewell(stop_on_exit))


def _what_ctrl_c_does(controller: Controller, stop_on_exit: bool) -> str:
    if not controller.ours:
        return "Ctrl-C ends this view; the controller keeps running."
    return f"Ctrl-C ends the controller; the containers {'are stopped' if stop_on_exit else 'keep running'}."


def _farewell(stop_on_exit: bool) -> str:
    if stop_on_exit:
        return "The controller has ended, and its containers are stopped."
    return "The controller has ended. Containers keep running; until it is back, Docker restarts them."


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """End like Ctrl-C when the terminal is closed or the process is asked to end."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
