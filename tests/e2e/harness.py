"""An Ergon of a test's own: its state folder, the command as a user types it, and a controller to start and to kill."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from controller.client import Client, socket_path
from controller.errors import ServiceError

Json = dict[str, Any]
T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
ERGON = Path(sys.executable).with_name("ergon")
PATIENCE_S = 90.0


def wait_for(condition: Callable[[], T | None], what: str, found: Callable[[], object] = str) -> T:
    """Return the condition's first answer that is true, however long a slow machine takes to it.

    `found` says how things stand when the patience is at its end.
    """
    deadline = time.monotonic() + PATIENCE_S
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE_S:.0f} s in vain for {what}; {found()}")
        time.sleep(0.03)
    return answer


@dataclass(frozen=True)
class Finished:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)

    @property
    def complaint(self) -> str:
        """The one line that says what is wrong; only steps to take, indented, and a hint may follow it."""
        first, *others = self.stderr.splitlines()
        assert first.startswith("error: "), self.stderr
        assert all(line.startswith(("  ", "hint: ")) for line in others), self.stderr
        return first


class Ergon:
    """One installation. `namespace` is its own on the engine; whatever a test makes has it in its name.

    `inside` begins whatever is run, to run it where an engine's containers are reached, or as somebody else.
    """

    def __init__(self, docker_host: str, inside: Sequence[str] = ()) -> None:
        # A socket's path is short by law (108 bytes), so not below pytest's own folders.
        self.state_dir = Path(tempfile.mkdtemp(prefix="ergon-e2e-"))
        self.namespace = f"e{uuid.uuid4().hex[:8]}"
        self.docker_host = docker_host
        self._inside = inside
        self.process: subprocess.Popen[bytes] | None = None
        self.log = self.state_dir / "controller.log"

    # the command

    def run(self, *arguments: str) -> Finished:
        """Run a command and return how it ended."""
        ended = subprocess.run(
            [*self._inside, ERGON, *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        return Finished(ended.returncode, ended.stdout, ended.stderr)

    def diff(self, *arguments: str) -> Finished:
        """Run `ergon diff --json` on all there is."""
        return self.run("diff", "--json", *arguments)

    def apply(self, *documents: Json) -> Finished:
        """Declare these documents, from one and the same file each time."""
        path = self.state_dir / "applied.yaml"
        path.write_text("\n---\n".join(json.dumps(document) for document in documents))
        applied = self.run("apply", str(path))
        assert applied.code == 0, applied.stderr
        return applied

    @property
    def environment(self) -> dict[str, str]:
        others = ("DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
        kept = {name: value for name, value in os.environ.items() if name not in others}
        return {**kept, "ERGON_STATE_DIR": str(self.state_dir), "DOCKER_HOST": self.docker_host}

    # documents

    def container(self, name: str, image: str, **spec: Any) -> Json:
        return self.document("Container", name, {"image": image, **spec})

    def network(self, name: str, **spec: Any) -> Json:
        return self.document("Network", name, spec)

    def volume(self, name: str, **spec: Any) -> Json:
        return self.document("Volume", name, spec)

    def config(self, name: str, **spec: Any) -> Json:
        return self.document("Config", name, spec)

    def secret(self, name: str, **spec: Any) -> Json:
        return self.document("Secret", name, spec)

    def image(self, name: str, **spec: Any) -> Json:
        return self.document("Image", name, spec)

    def document(self, kind: str, name: str, spec: Json) -> Json:
        metadata = {"name": name, "namespace": self.namespace}
        return {"apiVersion": "ergon/v1", "kind": kind, "metadata": metadata, "spec": spec}

    # the controller

    def start(self) -> None:
        """Start a controller, without waiting for it."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self._inside, sys.executable, "-P", "-m", "controller"],
                env={**self.environment, "PYTHONPATH": str(ROOT)},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def start_and_wait(self) -> None:
        """Start a controller and return when it answers and sees the daemon."""
        self.start()
        wait_for(self.sees_the_daemon, "the controller to see the daemon")

    def send(self, number: signal.Signals) -> None:
        """Send the controller a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """End the controller as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def end(self) -> int:
        """End the controller as a service manager would, and return its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(PATIENCE_S)

    def restart(self) -> None:
        self.end()
        self.start_and_wait()

    # the running controller, asked without the cost of a command

    def ask(self, verb: str, **arguments: Any) -> Json:
        return Client(socket_path(self.state_dir)).call(verb, arguments)

    def answers(self) -> bool:
        """Return whether a controller answers at all."""
        try:
            return bool(self.ask("status")["controller"]["running"])
        except ServiceError:
            return False

    def sees_the_daemon(self) -> bool:
        try:
            return bool(self.ask("status")["engine"]["reachable"])
        except ServiceError:
            return False

    def resources(self) -> dict[str, Json]:
        """Return the status of everything, by name."""
        return {row["name"]: row for row in self.ask("status")["resources"]}

    def changes(self) -> list[Json]:
        """Return what differs; nothing while the daemon does not answer."""
        found: list[Json] = self.ask("diff")["changes"]
        return found

    def settle(self) -> None:
        """Return when everything is ready and nothing differs."""
        wait_for(self.is_settled, "everything to be ready", self.what_is_left)

    def is_settled(self) -> bool:
        try:
            return all(map(_is_ready, self.ask("status")["resources"])) and not self.changes()
        except ServiceError:
            return False

    def what_is_left(self) -> list[str]:
        """Return, for people, what is not ready and what differs."""
        rows = self.ask("status")["resources"]
        troubles = [
            f"{row['name']}: {row['phase']} {row['reason']} {row['message']} {row['instances']}"
            for row in rows
            if not _is_ready(row)
        ]
        return [*troubles, *(f"{change['name']}: {change['fields']}" for change in self.changes())]

    def wait_until(self, name: str, **expected: Any) -> Json:
        """Return a resource's status once these fields of it are as expected."""

        def reached() -> Json | None:
            row = self.resources().get(name, {})
            return row if expected.items() <= row.items() else None

        return wait_for(reached, f"{name} to have {expected}")


def _is_ready(row: Json) -> bool:
    return bool(row["ready"]) and row["observed_generation"] == row["generation"]
