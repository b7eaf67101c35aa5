"""Start a controller as a process of its own, and end it."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from console.cli.failures import fail
from console.cli.session import Session
from controller.errors import ServiceError

READY_WITHIN_S = 60.0
ENDS_WITHIN_S = 60.0
_PERIOD_S = 0.05
_LOG_LIMIT = 10 << 20


@dataclass(frozen=True)
class Controller:
    """A running controller; `process` is None when somebody else started it."""

    process: subprocess.Popen[bytes] | None = None

    @property
    def ours(self) -> bool:
        return self.process is not None


def ensure_running(session: Session) -> Controller:
    """Return the controller that runs, or start one and return when it is ready.

    Raises:
        ServiceError: it ended at once, with its last words, or was not ready in time.
    """
    if session.backend.controller_is_ready():
        return Controller()
    log = _log_file(session.state_dir)
    process = _spawn(session.state_dir, log)
    end = session.monotonic() + READY_WITHIN_S
    while not session.backend.controller_is_ready():
        if process.poll() is not None:
            # Somebody else's may have come first: then ours has ended, and there is one all the same.
            if session.backend.controller_is_ready():
                return Controller()
            raise fail(f"the controller ended at once: {_last_words(log)}", f"its log is {log}")
        if session.monotonic() >= end:
            process.terminate()
            raise fail(f"the controller was not ready within {READY_WITHIN_S:.0f} s", f"its log is {log}")
        session.sleep(_PERIOD_S)
    return Controller(process)


def end(session: Session, controller: Controller, *, stop_containers: bool = False) -> None:
    """End a controller that we started, and return when it has. One of somebody else's is left alone."""
    if controller.process is None:
        return
    try:
        session.backend.shutdown(stop_containers=stop_containers)
    except ServiceError:
        controller.process.terminate()
    try:
        controller.process.wait(ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        raise fail(
            f"the controller (process {controller.process.pid}) is still ending", "it goes on in the background"
        ) from None


@contextmanager
def temporarily(session: Session) -> Iterator[Controller]:
    """Have a controller run for as long as the block takes."""
    controller = ensure_running(session)
    try:
        yield controller
    finally:
        end(session, controller)


def _spawn(state_dir: Path, log: Path) -> subprocess.Popen[bytes]:
    # In a session of its own, or Ctrl-C at the terminal would reach it before we say how to end.
    # -P keeps the current folder, whose own `controller` or `store` would be taken for ours, off
    # the module path; PYTHONPATH puts ours there when Ergon runs from a checkout.
    root = _root_of_our_packages()
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "ERGON_STATE_DIR": str(state_dir), "PYTHONPATH": os.pathsep.join(paths)}
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "controller"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            start_new_session=True,
        )


def _root_of_our_packages() -> str:
    spec = importlib.util.find_spec("controller")
    if spec is None or spec.origin is None:
        raise fail("the controller is not installed beside this command", "install Ergon anew")
    return str(Path(spec.origin).parent.parent)


def _log_file(state_dir: Path) -> Path:
    log = state_dir / "log" / "controller.log"
    try:
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        log.parent.mkdir(exist_ok=True, mode=0o700)
        log.touch(mode=0o600)
        if log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise fail(f"cannot write to the state folder {state_dir}: {reason}", "set ERGON_STATE_DIR") from error
    return log


def _last_words(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace")[-4096:].splitlines() if line.strip()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return (errors or lines or ["it said nothing"])[-1]
