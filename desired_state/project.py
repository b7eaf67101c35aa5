"""The Project kind: where the source of images is."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from desired_state import container_parts as parts
from desired_state.misfits import Misfits
from desired_state.model import Declared

_ADDRESS = re.compile(r"(?:https?|ssh|git|file)://[^\s-]\S*|[\w.-]+@[\w.-]+:[^\s-]\S*")
_PASSWORD = re.compile(r"://[^/\s@]*:[^/\s@]+@")


def _address(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not _ADDRESS.fullmatch(value):
        raise ValueError("this is no address of a git repository; write https://... or git@HOST:PATH")
    if _PASSWORD.search(value):
        raise ValueError("a password does not belong into an address that is stored; use git's credential helper")
    return value


GitAddress = Annotated[str, BeforeValidator(_address)]


class DockerSettings(Declared):
    """What goes before that which is found when a Dockerfile is made: the options of `ergon dockerfile`.

    `app` is the folder of one of several applications; `base` replaces all base images, `mirror` says where they are.
    """

    app: str | None = None
    language: str | None = None
    version: str | None = None
    command: str | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    chosen: parts.Options | None = None
    base: str | None = None
    mirror: str | None = None
    flavour: Literal["classic", "buildkit"] | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if self.base and self.mirror:
            raise Misfits([(("mirror",), "base replaces all images, so there is nothing left for a mirror")])
        return self


class ProjectSpec(Declared):
    """A project that images are made of: a folder of this host (`path`), or a git repository (`git`, `branch`).

    With both, the folder is used, and `git` says what it is a copy of. `id` is what the API calls it by, the
    resource's name unless it says otherwise; `title` what people call it.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")] | None = None
    title: str | None = None
    description: str | None = None
    path: str | None = None
    git: GitAddress | None = None
    branch: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")] | None = None
    docker: DockerSettings | None = None

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if not self.path and not self.git:
            raise ValueError("a project needs a path, or the address of a git repository")
        if self.branch and not self.git:
            raise Misfits([(("branch",), "only a git repository has branches; add git, or remove it")])
        return self
