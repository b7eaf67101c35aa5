"""One image as Docker shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Image:
    """An image: `id` is the config digest, `references` its tags, `digests` its repository digests.

    `config` is the image's own `Config` (Env, Cmd, ExposedPorts, Volumes...), used when a
    container is compared with what its image already says.
    """

    id: str
    references: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    architecture: str = ""
    os: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    created: datetime | None = None

    def digest_for(self, reference: str) -> str:
        """Return the repository digest by which a reference's registry knows this image, "" when it came from none."""
        wanted = _repository(reference)
        return next((digest for digest in self.digests if _repository(digest) == wanted), "")


def _repository(reference: str) -> str:
    """Return a reference without tag and digest, in Docker's short form (not `docker.io/library/busybox`)."""
    name = reference.partition("@")[0]
    if ":" in name.rpartition("/")[2]:
        name = name.rpartition(":")[0]
    return name.removeprefix("docker.io/").removeprefix("library/")
