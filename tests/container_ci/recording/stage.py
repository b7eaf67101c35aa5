"""Play a scene on a real engine: make its images, start its containers, do what it says."""

import io
import re
import socket
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import docker
from docker.errors import APIError, NotFound

from tests.container_ci.recording import procfs
from tests.container_ci.recording.scene import Box, Load, Scene

BASE = "ergon-case-base:12"
PATIENCE_S = 40.0
_POLL_S = 0.1


class Late(Exception):
    """Something that a scene waits for did not come."""


def until(there: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until something holds.

    Raises:
        Late: it did not, in time.
    """
    deadline = time.monotonic() + patience_s
    while not there():
        if time.monotonic() > deadline:
            raise Late(what)
        time.sleep(_POLL_S)


class Player:
    """One container on stage. `refused` is what the daemon said when it would not create or start it."""

    def __init__(self, stage: "Stage", name: str, box: Box) -> None:
        self.name, self.box, self.stage = name, box, stage
        self.id = ""
        self.refused: str | None = None
        self.readings: list[tuple[float, dict[str, str]]] = []

    def begin(self) -> None:
        """Create and start it, and wait until it is ready, unless the daemon refuses."""
        api, engine = self.stage.engine.api, self.stage.engine
        try:
            options = dict(self.box.options)
            if self.box.network:
                engine.networks.get(self.box.network)
                options.setdefault("network", self.box.network)
            created = engine.containers.create(self.stage.image(self.box), self.box.command, name=self.name, **options)
            self.id = str(created.id)
            if self.box.files:
                api.put_archive(self.id, "/", _tar(self.box.files, self.box.modes))
            api.start(self.id)
        except APIError as error:
            self.refused = str(error.explanation or error)
            return
        self.await_ready()

    def await_ready(self) -> None:
        ready = self.box.ready
        if ready == "exit":
            self.wait_exit(PATIENCE_S)
        elif isinstance(ready, str):
            self.wait_log(ready)
        elif isinstance(ready, int):
            until(lambda: ready in procfs.listening(self.pid), f"{self.name} does not listen on {ready}:\n{self.log}")
        else:
            time.sleep(ready)

    @property
    def inspect(self) -> dict[str, Any]:
        return dict(self.stage.engine.api.inspect_container(self.id))

    @property
    def pid(self) -> int:
        return int(self.inspect["State"]["Pid"])

    @property
    def running(self) -> bool:
        return bool(self.inspect["State"]["Running"])

    @property
    def log(self) -> str:
        return self.printed().decode(errors="replace")

    def printed(self, **options: Any) -> bytes:
        """Return what it wrote; `options` are those of the SDK's `logs`."""
        return cast("bytes", self.stage.engine.api.logs(self.id, **options))

    def run(self, *command: str, user: str = "") -> tuple[int, str]:
        code, output = self.stage.engine.containers.get(self.id).exec_run(list(command), user=user)
        return int(code or 0), cast("bytes", output or b"").decode(errors="replace")

    def kill(self, signal: str = "SIGKILL") -> None:
        self.stage.engine.api.kill(self.id, signal)

    def stop(self, grace_s: int = 10) -> None:
        self.stage.engine.api.stop(self.id, timeout=grace_s)

    def start(self) -> None:
        self.stage.engine.api.start(self.id)

    def wait_exit(self, patience_s: float = 30) -> None:
        until(
            lambda: not self.running and not self.inspect["State"]["Restarting"],
            f"{self.name} runs on:\n{self.log}",
            patience_s,
        )

    def wait_log(self, pattern: str, patience_s: float = PATIENCE_S) -> None:
        until(
            lambda: re.search(pattern, self.log) is not None,
            f"{self.name} never said {pattern}:\n{self.log}",
            patience_s,
        )

    def wait_health(self, status: str, patience_s: float = PATIENCE_S) -> None:
        until(
            lambda: self.inspect["State"].get("Health", {}).get("Status") == status,
            f"{self.name} is not {status}",
            patience_s,
        )

    def rest(self, seconds: float) -> None:
        time.sleep(seconds)

    def read_counters(self) -> None:
        self.readings.append((time.time(), procfs.counters(self.id)))

    def other(self, name: str) -> "Player":
        return self.stage.players[name]

    def remove(self) -> None:
        try:
            self.stage.engine.api.remove_container(self.id or self.name, force=True, v=True)
        except NotFound:
            return


@dataclass
class Stage:
    """An engine with the base image, and the players of the scene that is on."""

    engine: docker.DockerClient
    players: dict[str, Player] = field(default_factory=dict)
    networks: list[Any] = field(default_factory=list)

    def image(self, box: Box) -> str:
        """Return the image that a box wants, made of the base when it is not there."""
        if box.image.startswith("!"):
            return box.image[1:]
        lines = "\n".join([f"FROM {BASE}", *box.changes, ""])
        for answer in self.engine.api.build(fileobj=io.BytesIO(lines.encode()), tag=box.image, rm=True, decode=True):
            if "error" in answer:
                raise RuntimeError(answer["error"])
        return box.image

    @contextmanager
    def play(self, scene: Scene | Load) -> Iterator[Player]:
        """Play a scene up to the moment that is to be recorded; everything goes afterwards."""
        held = scene.host_port if isinstance(scene, Scene) else 0
        holder = socket.create_server(("0.0.0.0", held)) if held else None
        try:
            wanted = {box.network for box in (scene.box, *scene.beside.values()) if box.network}
            self.networks = [self.engine.networks.create(name) for name in sorted(wanted - {"none", "missing-net"})]
            for name, box in scene.beside.items():
                self.players[name] = Player(self, name, box)
                self.players[name].begin()
            main = self.players[scene.name] = Player(self, scene.name, scene.box)
            main.begin()
            if isinstance(scene, Scene):
                if scene.act is not None:
                    scene.act(main)
                time.sleep(scene.rest_s)
            yield main
        finally:
            if holder:
                holder.close()
            for player in reversed(self.players.values()):
                player.remove()
            for network in self.networks:
                network.remove()
            self.players, self.networks = {}, []


def _tar(files: Mapping[str, str | bytes], modes: Mapping[str, int]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(name.lstrip("/"))
            entry.size, entry.mode = len(data), modes.get(name, 0o755)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def import_base(engine: docker.DockerClient, archive: Path) -> None:
    """Make the base image of a root's tar archive, when it is not there yet."""
    if engine.images.list(BASE):
        return
    repository, _, tag = BASE.partition(":")
    engine.api.import_image_from_file(str(archive), repository=repository, tag=tag, changes=['CMD ["bash"]'])
