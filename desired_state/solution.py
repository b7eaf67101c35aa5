"""The Solution kind: a project made ready to be built and launched."""

import re
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from desired_state import container_parts as parts
from desired_state import content_parts
from desired_state.misfits import Misfits
from desired_state.model import Declared

Capability = Literal["monitoring", "discovery", "debugging", "optimization", "logs", "security", "scaling"]

_PORT = re.compile(r"(\d{1,5})(?:/(tcp|udp))?")


def _ports(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [str(item).removesuffix("/tcp") if isinstance(item, int | str) else item for item in value]


Exposed = Annotated[list[str], BeforeValidator(_ports, json_schema_input_type=list[str | int])]


class CompanionWish(Declared):
    """Whether what is launched has a companion, and what that can do; everything unless `capabilities` are named."""

    enabled: bool = True
    capabilities: list[Capability] | None = None


class Provenance(Declared):
    """What a solution was made of: its project, the commit, and the digest of what it was analysed from."""

    project: str | None = None
    revision: str | None = None
    content: str | None = None


class HealthPath(Declared):
    """Where what is launched answers over HTTP when it is ready."""

    port: Annotated[int, Field(ge=1, le=65535)]
    path: str = "/"


class SolutionSpec(Declared):
    """How an image is built from a project, and what a container of it needs.

    `context` is the folder that is built; `dockerfile_path` is relative to it. `image` names what is built, without a
    tag; NAMESPACE/NAME unless it says otherwise. A variable of `environment` without a value has to be given when it
    is launched.
    `volumes` are the folders in it whose data is to be kept.
    """

    context: str
    dockerfile_path: str = "Dockerfile"
    image: str | None = None
    version: str | None = None
    description: str | None = None
    base_image: str | None = None
    exposed_ports: Exposed = Field(default_factory=list)
    environment: content_parts.Environment = Field(default_factory=dict)
    build_args: parts.StringMap = Field(default_factory=dict)
    volumes: parts.StringList = Field(default_factory=list)
    health: HealthPath | None = None
    needs: parts.StringList = Field(default_factory=list)
    container_ci: CompanionWish = Field(default_factory=CompanionWish)
    provenance: Provenance | None = None

    @model_validator(mode="after")
    def _holds(self) -> Self:
        found: list[tuple[tuple[str | int, ...], str]] = []
        if PurePosixPath(self.dockerfile_path).is_absolute() or ".." in PurePosixPath(self.dockerfile_path).parts:
            found.append((("dockerfile_path",), "it is relative to the context, and lies in it"))
        for index, port in enumerate(self.exposed_ports):
            known = _PORT.fullmatch(port)
            if known is None or not 1 <= int(known.group(1)) <= 65535:
                found.append((("exposed_ports", index), f"{port!r} is no port; write 8000 or 53/udp"))
        for index, folder in enumerate(self.volumes):
            if not PurePosixPath(folder).is_absolute():
                found.append((("volumes", index), f"{folder!r} is no folder of a container; write it from / on"))
        if self.image and (":" in self.image.rpartition("/")[2] or "@" in self.image):
            found.append((("image",), "it is named without a tag: each build gives its own"))
        if found:
            raise Misfits(found)
        return self
