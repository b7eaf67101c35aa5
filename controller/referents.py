"""The networks and volumes that imported containers need, as resources of their own or as what is there already."""

from collections.abc import Mapping
from typing import Any

from controller.claims import labels_of
from controller.drafts import Draft, Remark
from controller.observed import Observed
from controller.resource_names import resource_name
from controller.tool_labels import NAME_IN_FILE, PROJECT, without_tool_labels
from desired_state.key import Key
from desired_state.network import NetworkSpec
from desired_state.resource import Resource
from desired_state.volume import VolumeSpec
from engine.specs import network_fields, volume_fields
from observed_state.container import Container
from observed_state.network import Network
from observed_state.volume import Volume
from reconcilers import naming


class Referents:
    """Names what containers refer to, once for all of them, and writes it down."""

    def __init__(self, observed: Observed) -> None:
        self._observed = observed
        self._named: dict[tuple[str, str, str], Key] = {}
        self._resources: dict[Key, Resource] = {}
        self._remarks: dict[Key, list[Remark]] = {}

    def take(self, key: Key, container: Container, fields: dict[str, Any]) -> list[Remark]:
        """Put the names of resources where Docker's are in a container's fields, and return remarks."""
        remarks: list[Remark] = []
        for mount in fields.get("volumes", ()):
            if mount["type"] == "volume" and mount.get("source"):
                mount["source"] = self._volume(key, mount["source"], mount["target"]).name
        if "networks" in fields:
            static = any("ipv4_address" in join or "ipv6_address" in join for join in fields["networks"].values())
            joins = {self._network(key, name, static).name: join for name, join in fields.pop("networks").items()}
            if joins != {"default": {}}:
                fields["networks"] = joins
        elif len(container.networks) > 1:
            others = sorted(container.networks.keys() - {"bridge"})
            remarks.append(("network_mode", f"it is on {', '.join(others)}, too; that can't be said beside this"))
        return remarks

    def drafts(self) -> list[Draft]:
        """Return what was noted, networks first."""
        return [
            Draft(resource, remarks=tuple(self._remarks.get(key, ())))
            for key, resource in sorted(self._resources.items())
        ]

    def _network(self, key: Key, docker_name: str, static: bool) -> Key:
        found = next(iter(self._observed.networks_named(docker_name)), None)
        own = _own_key("Network", key.namespace, found)
        if own is None:
            return self._external("Network", key.namespace, docker_name)
        if own not in self._resources:
            self._resources[own] = Resource(own, NetworkSpec.from_declared(_network_spec(own, found, static)))
        return own

    def _volume(self, key: Key, docker_name: str, target: str) -> Key:
        found = self._observed.volumes.get(docker_name)
        own = _own_key("Volume", key.namespace, found)
        if own is not None:
            if own not in self._resources:
                self._resources[own] = Resource(own, VolumeSpec.from_declared(_volume_spec(own, found)))
            return own
        anonymous = len(docker_name) == 64 and not set(docker_name) - set("0123456789abcdef")
        wanted = f"{key.name}-{target.strip('/').replace('/', '-')}" if anonymous else docker_name
        named = self._external("Volume", key.namespace, docker_name, wanted)
        if anonymous:
            self._remarks[named] = [("", "Docker named it by itself; it is named here so that its data is kept")]
        return named

    def _external(self, kind: str, namespace: str, docker_name: str, wanted: str | None = None) -> Key:
        known = self._named.get((kind, namespace, docker_name))
        if known is not None:
            return known
        key = Key(kind, namespace, resource_name(wanted or docker_name))
        while key in self._resources:
            key = Key(kind, namespace, f"{key.name}-2")
        spec: dict[str, Any] = {"external": True} | ({"name": docker_name} if key.name != docker_name else {})
        model = NetworkSpec if kind == "Network" else VolumeSpec
        self._resources[key] = Resource(key, model.from_declared(spec))
        self._named[kind, namespace, docker_name] = key
        return key


def _own_key(kind: str, namespace: str, found: Network | Volume | None) -> Key | None:
    """Return the key of what the same tool made together with the container, None for what was there before."""
    labels: Mapping[str, str] = found.labels if found else {}
    bears = labels_of(labels)
    if bears is not None and bears.kind == kind:
        return Key(kind, namespace, bears.name)
    if labels.get(PROJECT) and labels.get(NAME_IN_FILE[kind]):
        project, name = labels[PROJECT], labels[NAME_IN_FILE[kind]]
        return Key(kind, namespace, resource_name(name)) if resource_name(project) == namespace else None
    return None


def _network_spec(key: Key, found: Network | None, static: bool) -> dict[str, Any]:
    fields = without_tool_labels(network_fields(found)) if found else {}
    if fields.get("driver") == "bridge":
        del fields["driver"]
    # Docker does not tell which pools were asked for; where containers have fixed addresses they must have been.
    if not static:
        fields.pop("ipam", None)
    if found and found.name != naming.network_name(key, NetworkSpec()):
        fields["name"] = found.name
    return fields


def _volume_spec(key: Key, found: Volume | None) -> dict[str, Any]:
    fields = without_tool_labels(volume_fields(found)) if found else {}
    if fields.get("driver") == "local":
        del fields["driver"]
    if found and found.name != naming.volume_name(key, VolumeSpec()):
        fields["name"] = found.name
    return fields
