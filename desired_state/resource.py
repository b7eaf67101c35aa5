"""A declared resource: who it is, what is wanted, and where that was written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from desired_state.container import ContainerSpec
from desired_state.files import ConfigSpec, SecretSpec
from desired_state.image import ImageSpec
from desired_state.key import DEFAULT_NAMESPACE, Key
from desired_state.model import Declared
from desired_state.network import NetworkSpec
from desired_state.volume import VolumeSpec

API_VERSION = "ergon/v1"
Spec = ContainerSpec | ImageSpec | NetworkSpec | VolumeSpec | ConfigSpec | SecretSpec
KINDS: Mapping[str, type[Spec]] = {
    "Container": ContainerSpec,
    "Image": ImageSpec,
    "Network": NetworkSpec,
    "Volume": VolumeSpec,
    "Config": ConfigSpec,
    "Secret": SecretSpec,
}

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$", max_length=63)]


class Metadata(Declared):
    name: Name
    namespace: Name = DEFAULT_NAMESPACE
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Resource:
    """What one document of a state file declares. `source` is the file's absolute path, "" for stdin or the API."""

    key: Key
    spec: Spec
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


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
    `ergon stop`: the containers are wanted, but not running.
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
    stopped: bool = False
    restart_requested: datetime | None = None

    @property
    def key(self) -> Key:
        return self.resource.key


Cascade = Literal["background", "foreground", "orphan"]
