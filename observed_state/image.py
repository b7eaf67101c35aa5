"""One image as Docker shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
