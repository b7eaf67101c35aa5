"""Find the Docker event behind a difference: which thing to look up, by which of its names."""

from collections.abc import Iterator

from controller.observed import Observed
from controller.records import Records, provided_reference
from desired_state.container import ContainerSpec
from desired_state.key import Key
from desired_state.network import NetworkSpec
from desired_state.volume import VolumeSpec
from observed_state.instance import Instance
from reconcilers import naming
from reconcilers.decision import Change, FieldChange

_NETWORKS = "spec.networks."


class Witnesses:
    """What was seen happen, asked by what differs now."""

    def __init__(self, records: Records, observed: Observed) -> None:
        self._records = records
        self._observed = observed

    def behind(self, change: Change, field: FieldChange) -> str:
        """Return the event that explains a difference, "" when none was seen or it is the user's own wish."""
        if field.cause in ("spec", "missing"):
            return ""
        return next((text for text in self._accounts(change, field) if text), "")

    def _accounts(self, change: Change, field: FieldChange) -> Iterator[str]:
        evidence = self._observed.evidence
        if change.key.kind != "Container" or field.cause == "image":
            yield evidence.behind_name(*self._thing(change.key))
            return
        for instance in self._records.instances_of(change.key):
            if instance.final_name == change.instance and instance.container_id:
                yield self._of_container(instance, field.path)
        if field.path.startswith(_NETWORKS):
            yield evidence.behind_name("network", self._network(change.key, field.path))

    def _of_container(self, instance: Instance, path: str) -> str:
        container_id = instance.container_id or ""
        seen = self._observed.containers.get(container_id)
        network = self._network(Key(instance.kind, instance.namespace, instance.owner), path)
        return self._observed.evidence.behind(container_id, path, network, seen.started_at if seen else None)

    def _network(self, key: Key, path: str) -> str:
        """Return Docker's name of the network that a path is about: a declared one's, or the one written there."""
        if not path.startswith(_NETWORKS):
            return ""
        name = path.removeprefix(_NETWORKS)
        for declared in (name, name.rpartition(".")[0]):  # a field of it may follow: `.aliases`
            if (network := key.sibling("Network", declared)) in self._records.resources:
                return self._thing(network)[1]
        return name

    def _thing(self, key: Key) -> tuple[str, str]:
        """Return the kind of thing in Docker that a resource is or is made from, and its name there."""
        stored = self._records.resources.get(key)
        spec = stored.resource.spec if stored else None
        match spec:
            case NetworkSpec():
                return "network", naming.network_name(key, spec)
            case VolumeSpec():
                return "volume", naming.volume_name(key, spec)
            case ContainerSpec():
                provider = self._records.image_provider(key.namespace, spec)
                return "image", provided_reference(provider) if provider else spec.image_reference
        return "image", provided_reference(stored) if stored else ""
