"""The simulated daemon: its stores put together, and what can happen to it as a whole."""

import copy
from datetime import datetime
from random import Random
from typing import Any

import anyio

from engine.simulated.agenda import Agenda, Clock
from engine.simulated.containers import Containers
from engine.simulated.events import Events
from engine.simulated.host import Host
from engine.simulated.images import Images, Registry
from engine.simulated.networks import Networks, StoredNetwork
from engine.simulated.record import Record
from engine.simulated.running import Running
from engine.simulated.volumes import Volumes

Json = dict[str, Any]

_HEALTH_WORDS: dict[str | None, str] = {
    "healthy": "(healthy)",
    "unhealthy": "(unhealthy)",
    "starting": "(health: starting)",
}


class Daemon:
    """A dockerd in memory. `removal_s` is how long removing a container takes."""

    def __init__(self, clock: Clock, api_version: tuple[int, int], random: Random) -> None:
        self.agenda = Agenda(clock)
        self.events = Events(self.agenda)
        self.host = Host(self.agenda, self.events, random, api_version)
        self.id = self.host.new_id()
        self.registry = Registry()
        self.images = Images(self.host)
        self.volumes = Volumes(self.host)
        self.networks = Networks(self.host)
        self.containers = Containers(self.host, self.images, self.networks, self.volumes)
        self.running = Running(self.host, self.containers, self.networks)
        self.removal_s = 0.0
        self.up = True
        self.thawed: anyio.Event | None = None

    # what happens to it

    def stop(self) -> None:
        """End the daemon and every container with it, as SIGTERM and kill -9 both do; open streams break."""
        self.thaw()
        self.up = False
        self.agenda.clear()
        self.running.lose_all()
        self.events.break_streams()
        self.events.forget()

    def start(self) -> None:
        """Start the daemon; Docker's own restart policies bring back what they bring back."""
        self.up = True
        self.networks.renew_default()
        self.running.resume_all()

    def freeze(self) -> None:
        """Let the daemon answer nothing and do nothing (SIGSTOP), until `thaw`."""
        self.agenda.hold()
        self.thawed = anyio.Event()

    def thaw(self) -> None:
        """Let it go on; what fell due meanwhile happens now."""
        if self.thawed is not None:
            self.thawed.set()
            self.thawed = None
        self.agenda.release()

    def cut_streams(self) -> None:
        """Break every open event stream; the daemon itself lives on."""
        self.events.break_streams()

    def replace(self) -> None:
        """Answer as another daemon from now on (another data root)."""
        self.id = self.host.new_id()

    def remove_image(self, reference: str) -> None:
        """Remove a tag or an image, unless a container was made from it.

        Raises:
            Refusal: 404 or 409.
        """
        used_by = {record.inspect["Image"]: record.id for record in self.containers.all()}
        self.images.remove(reference, used_by)

    # what it answers

    def inspect(self, record: Record) -> Json:
        """Return what `GET /containers/{id}/json` answers."""
        return copy.deepcopy(record.inspect)

    def row(self, record: Record) -> Json:
        """Return the container's row of `GET /containers/json`."""
        inspect = self.inspect(record)
        health = (inspect["State"].get("Health") or {}).get("Status")
        return {
            "Id": record.id,
            "Names": [inspect["Name"]],
            "Image": inspect["Config"]["Image"],
            "ImageID": inspect["Image"],
            "Created": _epoch(inspect["Created"]),
            "State": record.status,
            "Status": f"Up {_HEALTH_WORDS.get(health, '')}".strip() if record.alive else record.status,
            "Labels": inspect["Config"]["Labels"],
            "NetworkSettings": {"Networks": inspect["NetworkSettings"]["Networks"]},
        }

    def inspect_network(self, network: StoredNetwork) -> Json:
        """Return what `GET /networks/{id}` answers."""
        members = {member: {"Name": self.containers.find(member).name} for member in network.members}
        return {**copy.deepcopy(network.inspect), "Containers": members}


def _epoch(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp).timestamp())
