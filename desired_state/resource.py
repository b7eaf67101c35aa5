"""A declared resource: who it is, what is wanted, and where that was written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from desired_state import container_parts as parts
from desired_state.approval import Approval
from desired_state.container import ContainerSpec
from desired_state.files import ConfigSpec, SecretSpec
from desired_state.image import ImageSpec
from desired_state.key import DEFAULT_NAMESPACE, Key
from desired_state.model import Declared
from desired_state.names import Name
from desired_state.network import NetworkSpec
from desired_state.project import ProjectSpec
from desired_state.solution import SolutionSpec
from desired_state.volume import VolumeSpec

API_VERSION = "ergon/v1"
# The finalizer of a resource whose deletion leaves what was made for it alone.
ORPHAN = "ergon.dev/orphan"
Spec = ContainerSpec | ImageSpec | NetworkSpec | VolumeSpec | ConfigSpec | SecretSpec | ProjectSpec | SolutionSpec
KINDS: Mapping[str, type[Spec]] = {
    "Container": ContainerSpec,
    "Image": ImageSpec,
    "Network": NetworkSpec,
    "Volume": VolumeSpec,
    "Config": ConfigSpec,
    "Secret": SecretSpec,
    "Project": ProjectSpec,
    "Solution": SolutionSpec,
}


class Metadata(Declared):
    name: Name
    namespace: Name = DEFAULT_NAMESPACE
    labels: parts.Labels = Field(default_factory=dict)
    annotations: parts.Labels = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resource:
    """What one document of a state file declares. `source` is the file's absolute path, "" for stdin or the API."""

    key: Key
    spec: Spec
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


def to_document(resource: Resource) -> dict[str, Any]:
    """Return the resource as JSON-ready data, the form in which it is stored and travels."""
    key = resource.key
    return {
        "apiVersion": API_VERSION,
        "kind": key.kind,
        "metadata": {
            "name": key.name,
            "namespace": key.namespace,
            "labels": dict(resource.labels),
            "annotations": dict(resource.annotations),
        },
        "spec": resource.spec.declared(),
        "source": resource.source,
    }


def from_document(document: Mapping[str, Any]) -> Resource:
    """Return the resource of a `to_document` value. The way there and back changes nothing.

    Raises:
        ValueError: the value is not such a document, or its spec does not hold.
    """
    kind = document.get("kind")
    if document.get("apiVersion") != API_VERSION or not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"not a resource of {API_VERSION}: kind {kind!r}")
    metadata = Metadata.from_declared(document.get("metadata", {}))
    return Resource(
        key=Key(kind, metadata.namespace, metadata.name),
        spec=KINDS[kind].from_declared(document.get("spec", {})),
        labels=metadata.labels,
        annotations=metadata.annotations,
        source=str(document.get("source", "")),
    )


@dataclass(frozen=True, slots=True)
class Pause:
    """Hands off until `until` (None: until resumed)."""

    reason: str
    by: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A resource as the store holds it.

    `generation` counts changes of the spec; `resource_version` counts every change of anything in
    the store. `restart_requested` is when a person last asked for a restart. `stopped` is set by
    `ergon stop`: the containers are wanted, but not running. `approvals` are people's words on what
    differs now; each goes with its difference. `renew_requested` is when a person last asked for a volume
    to be made anew, without its data.
    """

    resource: Resource
    uid: str
    generation: int
    resource_version: int
    created_at: datetime
    updated_at: datetime
    deleting_since: datetime | None = None
    finalizers: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    pause: Pause | None = None
    approvals: tuple[Approval, ...] = ()
    stopped: bool = False
    restart_requested: datetime | None = None
    renew_requested: datetime | None = None

    @property
    def key(self) -> Key:
        return self.resource.key

    @property
    def orphans(self) -> bool:
        """Whether what was made for it is to stay when it is deleted, as nobody's."""
        return ORPHAN in self.finalizers


Cascade = Literal["background", "foreground", "orphan"]
