"""What a person does to Docker behind Ergon's back, and what there is to see afterwards."""

import contextlib
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import docker
from docker.errors import APIError, NotFound

Json = dict[str, Any]

# What differs between two looks at a container that nobody touched.
_VOLATILE = ("State", "ExecIDs", "NetworkSettings", "ResolvConfPath", "HostsPath", "HostnamePath", "LogPath")


class Hands:
    """Somebody with access to the same daemon."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.api = docker.APIClient(base_url=host, version="auto", timeout=120)

    def close(self) -> None:
        self.api.close()

    # looking

    def names(self, namespace: str) -> list[str]:
        """Return the names of a namespace's containers, in order."""
        return sorted(name for name, _ in self.containers(namespace))

    def containers(self, namespace: str) -> list[tuple[str, str]]:
        """Return name and id of the containers that bear a namespace's label or name."""
        return [
            (row["Names"][0].lstrip("/"), row["Id"])
            for row in self.api.containers(all=True)
            if row["Labels"].get("ergon.dev/namespace") == namespace or namespace in row["Names"][0]
        ]

    def inspect(self, container: str) -> Json:
        found: Json = self.api.inspect_container(container)
        return found

    def state(self, container: str) -> str:
        """Return `running`, `exited`..., `absent` when there is no such container."""
        try:
            return str(self.inspect(container)["State"]["Status"])
        except NotFound:
            return "absent"

    def lasting(self, container: str) -> Json:
        """Return all about a container that stays the same while nobody touches it."""
        found = self.inspect(container)
        addresses = {name: one["NetworkID"] for name, one in found["NetworkSettings"]["Networks"].items()}
        kept = {name: value for name, value in found.items() if name not in _VOLATILE}
        return kept | {"started": found["State"]["StartedAt"], "networks": addresses}

    def said(self, container: str, *command: str) -> str:
        """Return what a command prints inside a container."""
        started = self.api.exec_create(container, list(command))["Id"]
        printed: bytes = self.api.exec_start(started)
        return printed.decode()

    # making things of one's own

    def run(self, image: str, name: str, **given: Any) -> str:
        """Make a container and start it."""
        container = str(self.api.create_container(image, name=name, **given)["Id"])
        self.api.start(container)
        return container

    def copy(self, container: str, name: str) -> str:
        """Make another container with the same image and labels."""
        config = self.inspect(container)["Config"]
        return self.run(config["Image"], name, labels=config["Labels"])

    def address(self, network: str, host: int) -> str:
        """Return an address of a network by its last number."""
        subnet = str(self.api.inspect_network(network)["IPAM"]["Config"][0]["Subnet"])
        return f"{subnet.rpartition('.')[0]}.{host}"

    def image_id(self, reference: str) -> str:
        api: Any = self.api  # the stubs leave this one untyped
        return str(api.inspect_image(reference)["Id"])

    def tag_again(self, container: str, reference: str) -> None:
        """Give the image of a container a name again."""
        repository, _, tag = reference.partition(":")
        self.api.tag(self.inspect(container)["Image"], repository, tag, force=True)

    # breaking things of Ergon's

    def update(self, container: str, **limits: Any) -> None:
        """Do what `docker update` does, in Docker's own names; the SDK knows only some of them."""
        version, base = self.api.api_version, self.api.base_url
        self.api.post(f"{base}/v{version}/containers/{container}/update", json=limits).raise_for_status()

    def kill_process(self, container: str) -> None:
        """Kill -9 a container's main process behind Docker's back; through Docker where it is another machine's."""
        pid = int(self.inspect(container)["State"]["Pid"])
        try:
            os.kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self.api.kill(container, "SIGKILL")

    def remove_network(self, network: str) -> None:
        """Remove a network, whoever is on it."""
        for container in self.api.inspect_network(network)["Containers"]:
            self.api.disconnect_container_from_network(container, network, force=True)
        self.api.remove_network(network)

    def clear(self, namespace: str) -> None:
        """Remove all that bears a namespace's name."""
        with ThreadPoolExecutor(8) as several:
            several.map(self.remove, [one for _, one in self.containers(namespace)])
        for network in self.api.networks():
            if namespace in network["Name"]:
                with contextlib.suppress(APIError):
                    self.api.remove_network(network["Id"])
        for volume in self.api.volumes()["Volumes"] or ():
            if namespace in volume["Name"]:
                with contextlib.suppress(APIError):
                    self.api.remove_volume(volume["Name"], force=True)

    def remove(self, container: str) -> None:
        """Remove a container. For a moment its files may be busy: whatever started meanwhile has seen them mounted."""
        for _ in range(60):
            try:
                self.api.remove_container(container, force=True, v=True)
            except NotFound:
                return
            except APIError:
                time.sleep(0.5)
            else:
                return
