"""A Docker engine for demos, tests and benches: the one that answers, else a private one that leaves no trace.

python3 -m tools.engine run [--version V] [--apart] -- COMMAND...   with an engine, which ends with it
python3 -m tools.engine start [--version V] [--apart] [--dir D]     until stopped; prints DOCKER_HOST
python3 -m tools.engine stop [--dir D]                              ends exactly what `start` started
python3 -m tools.engine compose-path                                Docker Compose v2, fetched if need be
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

if __package__ in {None, ""}:  # run as a file: the checkout's root is not on the path yet
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from tools import daemon, docker_api, programs
from tools.messages import Impossible, say, stop_with

DEFAULT_FOLDER = Path(tempfile.gettempdir()) / "ergon-engine"
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Do what the command line asks."""
    options = _parser().parse_args()
    try:
        if options.verb == "run":
            raise SystemExit(run(options.command, options.version, apart=options.apart))
        if options.verb == "start":
            start(options.version, apart=options.apart, folder=options.dir)
        elif options.verb == "stop":
            daemon.stop(options.dir)
        else:
            print(programs.compose())
    except Impossible as problem:
        stop_with(problem)


def run(command: Sequence[str], version: str | None, *, apart: bool) -> int:
    """Run a command with an engine and return its exit status; a provided engine ends whatever happens."""
    for ending in ENDINGS:
        signal.signal(ending, _leave)
    if not apart and (host := _found(version)):
        return _run(list(command), {**os.environ, "DOCKER_HOST": host, "ERGON_TEST_DOCKER_HOST": host})
    with _provided(version) as private:
        inside = ["nsenter", f"--net={private.namespace}", "--", *command]
        return _run(inside, _environment(private, version))


def start(version: str | None, *, apart: bool, folder: Path) -> None:
    """Print the address of an engine, and of a provided one its pid and network namespace too."""
    if not apart and (host := _found(version)):
        print(f"DOCKER_HOST={host}")
        return
    if daemon.is_running(folder):
        raise Impossible(
            f"an engine already runs in {folder}; end it first: python3 -m tools.engine stop --dir {folder}"
        )
    private = daemon.start(programs.provide(version), folder)
    print(f"DOCKER_HOST={private.host}\nERGON_ENGINE_PID={private.pid}\nERGON_ENGINE_NETNS={private.namespace}")


def _found(version: str | None) -> str | None:
    """Return the address of the user's own engine when it answers and has the wanted version."""
    host = docker_api.current_host()
    found = docker_api.version_of(host)
    if found is None or not found.startswith(version or ""):
        return None
    say(f"engine: Docker {found} at {host}")
    return host


@contextlib.contextmanager
def _provided(version: str | None) -> Iterator[daemon.Daemon]:
    _sweep()
    chosen = programs.provide(version)
    # Sockets' paths are short by law (108 bytes), so not below the checkout.
    folder = Path(tempfile.mkdtemp(prefix="ergon-engine-"))
    (folder / "owner").write_text(str(os.getpid()))
    try:
        private = daemon.start(chosen, folder)
        say(f"engine: a private Docker {docker_api.version_of(private.host)}, pid {private.pid}, in {folder}")
        yield private
    finally:
        for ending in ENDINGS:
            signal.signal(ending, signal.SIG_IGN)
        daemon.stop(folder)


def _sweep() -> None:
    """End engines whose owner was killed before it could."""
    for folder in Path(tempfile.gettempdir()).glob("ergon-engine-*"):
        with contextlib.suppress(OSError, ValueError):
            owner = int((folder / "owner").read_text())
            if not Path(f"/proc/{owner}").exists():
                daemon.stop(folder)


def _environment(private: daemon.Daemon, version: str | None) -> dict[str, str]:
    ours = {"DOCKER_HOST": private.host, "ERGON_TEST_DOCKER_HOST": private.host, "ERGON_ENGINE_PID": str(private.pid)}
    others = {"DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"}
    path = programs.provide(version).search_path
    return {name: value for name, value in os.environ.items() if name not in others} | ours | {"PATH": path}


def _run(command: list[str], environment: dict[str, str]) -> int:
    try:
        child = subprocess.Popen(command, env=environment)
    except FileNotFoundError as missing:
        raise Impossible(f"{missing.filename}: no such command") from missing
    try:
        return child.wait()
    except SystemExit:
        _end(child)
        raise


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(timeout=30)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tools.engine", description="Find or provide a Docker engine.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    choice = argparse.ArgumentParser(add_help=False)
    choice.add_argument("--version", choices=["20.10", programs.UNPACKED], help="an engine of this version only")
    choice.add_argument("--apart", action="store_true", help="a private engine, even if another one answers")
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument("--dir", type=Path, default=DEFAULT_FOLDER, help="where the private engine keeps its files")
    run_verb = verbs.add_parser("run", parents=[choice], help="run a command with an engine")
    run_verb.add_argument("command", nargs="+", metavar="COMMAND")
    verbs.add_parser("start", parents=[choice, place], help="start an engine, print its address")
    verbs.add_parser("stop", parents=[place], help="end what start started")
    verbs.add_parser("compose-path", help="print where Docker Compose v2 is")
    return parser


if __name__ == "__main__":
    main()
