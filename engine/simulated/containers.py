"""Containers as objects: made, found, renamed, changed, joined to networks, removed; `running` is their life."""

import re
from collections.abc import Mapping
from typing import Any

from engine.simulated.answers import Refusal, no_such_container
from engine.simulated.behaviour import RUNS_UNTIL_STOPPED, Behaviour
from engine.simulated.host import Host
from engine.simulated.images import Images
from engine.simulated.limits import changed_limits
from engine.simulated.networks import Networks, StoredNetwork
from engine.simulated.record import Record, new_record
from engine.simulated.volumes import Volumes

Json = dict[str, Any]

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_SMALLEST_MEMORY = 6 << 20


class Containers:
    """The daemon's containers. `behaviours` overrides the image's behaviour for containers by name."""

    def __init__(self, host: Host, images: Images, networks: Networks, volumes: Volumes) -> None:
        self._host = host
        self._images = images
        self._networks = networks
        self._volumes = volumes
        self._by_id: dict[str, Record] = {}
        self.behaviours: dict[str, Behaviour] = {}

    def all(self) -> list[Record]:
        """Return every container, the newest first."""
        return list(reversed(self._by_id.values()))

    def find(self, reference: str) -> Record:
        """Return a container by id (also shortened) or name.

        Raises:
            Refusal: 404.
        """
        if reference in self._by_id:
            return self._by_id[reference]
        for record in self._by_id.values():
            if record.name == reference.removeprefix("/"):
                return record
        shortened = [record for record in self._by_id.values() if record.id.startswith(reference)]
        if not reference or len(shortened) != 1:
            raise no_such_container(reference)
        return shortened[0]

    def create(self, name: str, body: Json) -> Record:
        """Make a container.

        Raises:
            Refusal: 400 for what can't be, 404 without its image, 409 when the name is taken.
        """
        self._check_name(name)
        image = self._images.find(body["Image"])
        host_config = body.get("HostConfig") or {}
        if 0 < host_config.get("Memory", 0) < _SMALLEST_MEMORY:
            raise Refusal(400, "Minimum memory limit allowed is 6MB")
        self._check_binds(host_config)
        joins = (body.get("NetworkingConfig") or {}).get("EndpointsConfig") or {}
        if len(joins) > 1 and not self._host.modern:
            raise Refusal(400, "Container cannot be connected to network endpoints: " + ", ".join(joins))
        behaviour = self.behaviours.get(name) or image.behaviour or RUNS_UNTIL_STOPPED
        record = new_record(self._host, name, body, image, behaviour)
        if not [*(record.inspect["Config"]["Entrypoint"] or ()), *(record.inspect["Config"]["Cmd"] or ())]:
            raise Refusal(400, "No command specified")
        self._plan_networks(record, joins)
        self._mount_volumes(record)
        self._by_id[record.id] = record
        self._host.events.emit("container", "create", record.id, record.attributes)
        return record

    def rename(self, record: Record, name: str) -> None:
        """Give it another name.

        Raises:
            Refusal: 400, it has that name; 409, another has it.
        """
        if record.name == name:
            raise Refusal(400, "Renaming a container with the same name as its current name")
        self._check_name(name, "Error when allocating new name: ")
        before = record.inspect["Name"]
        record.inspect["Name"] = f"/{name}"
        self._host.events.emit("container", "rename", record.id, {**record.attributes, "oldName": before})

    def update(self, record: Record, changes: Mapping[str, Any]) -> list[str]:
        """Change limits or the restart policy as `POST /containers/{id}/update` does; return warnings.

        Raises:
            Refusal: the numbers contradict each other or what is set.
        """
        record.inspect["HostConfig"] |= changed_limits(record.inspect["HostConfig"], changes)
        self._host.events.emit("container", "update", record.id, record.attributes)
        return []

    def remove(self, record: Record, *, volumes: bool) -> None:
        """Forget a container that no longer runs, and its anonymous volumes when asked to."""
        del self._by_id[record.id]
        self._volumes.release(record.id)
        for name in record.anonymous_volumes if volumes else ():
            self._volumes.remove(name)
        record.removed.set()
        self._host.events.emit("container", "destroy", record.id, record.attributes)

    def connect(self, record: Record, reference: str, endpoint: Mapping[str, Any]) -> None:
        """Join a network now, or note the wish while it does not run.

        Raises:
            Refusal: 404, or 403 when it is on it already or shares another's network.
        """
        network = self._networks.find(reference)
        if record.inspect["HostConfig"]["NetworkMode"].startswith("container:"):
            raise Refusal(403, "container sharing network namespace with another container or host cannot be connected")
        if record.alive and network.name in record.endpoints:
            raise Refusal(403, f"endpoint with name {record.name} already exists in network {network.name}")
        record.endpoints[network.name] = self._endpoint(record, network, endpoint)
        if record.alive:
            self._networks.attach(network, record)

    def disconnect(self, record: Record, reference: str) -> None:
        """Leave a network, or drop the wish to join it.

        Raises:
            Refusal: 404, or 500 when it is not on it.
        """
        # By name even when the network itself is gone: a container may still want to join it.
        name = reference if reference in record.endpoints else self._networks.find(reference).name
        if name not in record.endpoints:
            raise Refusal(500, f"container {record.id} is not connected to network {name}")
        self._networks.detach(record, name)
        del record.endpoints[name]

    def _check_name(self, name: str, doing: str = "") -> None:
        if not _NAME.fullmatch(name):
            rule = "only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"
            raise Refusal(400, f"{doing}Invalid container name ({name}), {rule}")
        if holder := next((record for record in self._by_id.values() if record.name == name), None):
            taken = f'Conflict. The container name "/{name}" is already in use by container "{holder.id}".'
            raise Refusal(409, f"{doing}{taken} You have to remove (or rename) that container to be able to reuse it.")

    def _check_binds(self, host_config: Mapping[str, Any]) -> None:
        for mount in host_config.get("Mounts") or ():
            makes_it = (mount.get("BindOptions") or {}).get("CreateMountpoint")
            if mount["Type"] == "bind" and mount["Source"] in self._host.missing_paths and not makes_it:
                cause = f"bind source path does not exist: {mount['Source']}"
                raise Refusal(400, f'invalid mount config for type "bind": {cause}')

    def _plan_networks(self, record: Record, joins: Mapping[str, Mapping[str, Any]]) -> None:
        mode = record.inspect["HostConfig"]["NetworkMode"]
        if mode.startswith("container:"):
            return
        planned = joins or {"bridge" if mode == "default" else mode: {}}
        for reference, endpoint in planned.items():
            network = self._networks.find(reference)
            record.endpoints[network.name] = self._endpoint(record, network, endpoint)

    def _endpoint(self, record: Record, network: StoredNetwork, wanted: Mapping[str, Any]) -> Json:
        aliases = list(wanted.get("Aliases") or ())
        endpoint = {"IPAMConfig": None, "Links": None, "NetworkID": "", "EndpointID": "", "MacAddress": "", **wanted}
        if network.name == "bridge":
            return {**endpoint, "Aliases": aliases or None}
        if self._host.modern:
            names = list(dict.fromkeys([record.name, *aliases, record.id[:12]]))
            return {**endpoint, "Aliases": aliases or None, "DNSNames": names}
        return {**endpoint, "Aliases": [*aliases, record.id[:12]]}

    def _mount_volumes(self, record: Record) -> None:
        named: list[tuple[str, str]] = []
        anonymous: list[tuple[str, str]] = []
        for mount in record.inspect["HostConfig"].get("Mounts") or ():
            if mount["Type"] == "volume":
                options = mount.get("VolumeOptions") or {}
                volume = self._volumes.create({"Name": mount.get("Source"), "Labels": options.get("Labels")})
                (named if mount.get("Source") else anonymous).append((volume["Name"], mount["Target"]))
        covered = {target for _, target in (*named, *anonymous)}
        uncovered = [target for target in record.inspect["Config"].get("Volumes") or () if target not in covered]
        anonymous += [(self._volumes.create({})["Name"], target) for target in uncovered]
        for name, target in (*named, *anonymous):
            self._volumes.use(name, record.id)
            record.inspect["Mounts"].append({"Type": "volume", "Name": name, "Destination": target})
        record.anonymous_volumes = tuple(name for name, _ in anonymous)
