"""Volumes: known by name, shared by whoever mounts them."""

from collections.abc import Mapping
from typing import Any

from engine.simulated.answers import Refusal, no_such_volume
from engine.simulated.host import Host

Json = dict[str, Any]


class Volumes:
    """The daemon's volumes and who uses them, running or not."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._by_name: dict[str, Json] = {}
        self._users: dict[str, set[str]] = {}

    def all(self) -> list[Json]:
        return list(self._by_name.values())

    def find(self, name: str) -> Json:
        """Return one volume as inspect shows it.

        Raises:
            Refusal: 404.
        """
        if name not in self._by_name:
            raise no_such_volume(name)
        return self._by_name[name]

    def create(self, body: Mapping[str, Any]) -> Json:
        """Return the volume of that name: the existing one as it is, whatever else was asked for."""
        name = body.get("Name") or self._host.new_id()
        if name in self._by_name:
            return self._by_name[name]
        self._by_name[name] = {
            "Name": name,
            "Driver": body.get("Driver") or "local",
            "Options": dict(body.get("DriverOpts") or {}) or None,
            "Labels": dict(body.get("Labels") or {}) or None,
            "Mountpoint": f"/var/lib/docker/volumes/{name}/_data",
            "CreatedAt": self._host.stamp(),
            "Scope": "local",
        }
        self._host.events.emit("volume", "create", name, {"driver": self._by_name[name]["Driver"]})
        return self._by_name[name]

    def remove(self, name: str) -> None:
        """Remove one volume.

        Raises:
            Refusal: 404, or 409 while a container has it.
        """
        driver = self.find(name)["Driver"]
        if users := self._users.get(name):
            raise Refusal(409, f"remove {name}: volume is in use - [{', '.join(sorted(users))}]")
        del self._by_name[name]
        self._host.events.emit("volume", "destroy", name, {"driver": driver})

    def use(self, name: str, container_id: str) -> None:
        self._users.setdefault(name, set()).add(container_id)

    def release(self, container_id: str) -> None:
        """Forget a removed container's claims."""
        for users in self._users.values():
            users.discard(container_id)
