"""Ergon under measurement: a controller as a process of its own, in a state folder of its own."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from bench.workload import Json, ergon_documents
from controller.client import Client, socket_path
from controller.errors import ServiceError
from tools.messages import Impossible

ROOT = Path(__file__).resolve().parent.parent
COMMAND = Path(sys.executable).with_name("ergon")
_PATIENCE_S = 300.0
_LOOK_EVERY_S = 0.05


class Ergon:
    """A controller that sees the engine at `host`, and the containers it runs in one namespace."""

    def __init__(self, host: str, namespace: str) -> None:
        self.namespace = namespace
        # A socket's path is short by law (108 bytes).
        self.state_dir = Path(tempfile.mkdtemp(prefix="ergon-bench-"))
        self.environment = {**os.environ, "ERGON_STATE_DIR": str(self.state_dir), "DOCKER_HOST": host}
        self._client = Client(socket_path(self.state_dir))
        self._log = self.state_dir / "controller.log"
        with self._log.open("wb") as log:
            # In a session of its own: Ctrl-C means the bench, and the bench ends it in its own way.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "controller"],
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_it_watches(self) -> None:
        """Return when the controller answers and has seen the engine."""
        self._wait_for(lambda: bool(self.ask("status")["engine"]["reachable"]), "see the engine")

    def ask(self, verb: str, **arguments: Any) -> Json:
        """Return the controller's answer, without the cost of a command."""
        return self._client.call(verb, arguments)

    def run(self, *arguments: str) -> None:
        """Run the command, as a user types it, to its end.

        Raises:
            Impossible: it did not exit 0: something failed, or something differs.
        """
        ran = subprocess.run(
            [COMMAND, *arguments], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
        if ran.returncode != 0:
            said = ran.stderr.decode(errors="replace").strip()
            raise Impossible(f"`ergon {' '.join(arguments)}` exited {ran.returncode}: {said}")

    def apply(self, documents: Sequence[Json]) -> None:
        """Declare resources."""
        self.ask("apply", documents=documents, actor="bench")

    def converge(self, image: str, count: int, **more: Any) -> None:
        """Declare `count` containers and return when all are ready."""
        self.apply(ergon_documents(self.namespace, image, count, **more))
        self._wait_for(lambda: all(row["ready"] for row in self.ask("status")["resources"]), "make all ready")

    def container(self, name: str) -> str:
        """Return Docker's name of a resource's only container."""
        return f"{self.namespace}-{name}-1"

    @property
    def process(self) -> psutil.Process:
        """The controller as the kernel accounts for it."""
        return psutil.Process(self._process.pid)

    def end(self) -> None:
        """End the controller without its leave-taking, which would touch every container, and forget its state."""
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self.state_dir, ignore_errors=True)

    def _wait_for(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while not self._holds(holds):
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise Impossible(f"the controller did not {what}; the end of its log:\n{self._last_words()}")
            time.sleep(_LOOK_EVERY_S)

    def _holds(self, holds: Callable[[], bool]) -> bool:
        try:
            return holds()
        except ServiceError:
            return False  # it is still starting

    def _last_words(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-5:])


@contextmanager
def running(host: str, namespace: str) -> Iterator[Ergon]:
    """Yield a controller that watches the engine; it ends with the block."""
    ergon = Ergon(host, namespace)
    try:
        ergon.wait_until_it_watches()
        yield ergon
    finally:
        ergon.end()
