"""Image references taken apart: which registry, which repository, which tag or digest."""

from dataclasses import dataclass, replace
from functools import lru_cache

DOCKER_HUB = "docker.io"


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference, written out: `busybox` is `docker.io/library/busybox:latest`.

    `tag` is "" where only a digest is given; `digest` is "" or like `sha256:1f...`.
    """

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def familiar(self) -> str:
        """As people and Docker write it: without what is understood by itself."""
        name = self.name
        tagged = f"{name}:{self.tag}" if self.tag else name
        return f"{tagged}@{self.digest}" if self.digest else tagged

    @property
    def name(self) -> str:
        """Registry and repository as people write them, `busybox` or `ghcr.io/shop/web`."""
        if self.registry != DOCKER_HUB:
            return f"{self.registry}/{self.repository}"
        return self.repository.removeprefix("library/")

    def with_tag(self, tag: str) -> "Reference":
        """Return the same repository at another tag."""
        return replace(self, tag=tag, digest="")


@lru_cache(maxsize=1024)
def parse(text: str) -> Reference:
    """Return the parts of a reference. Any text has some; whether they are valid is the registry's business."""
    name, _, digest = text.partition("@")
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        registry, repository = first, rest
    else:
        registry, repository = DOCKER_HUB, name
    registry = DOCKER_HUB if registry in ("index.docker.io", "registry-1.docker.io") else registry
    repository, colon, tag = repository.partition(":")
    if registry == DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    return Reference(registry, repository, tag if colon else ("" if digest else "latest"), digest)
