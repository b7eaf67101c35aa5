"""The Volume kind."""

from typing import Literal

from desired_state import container_parts as parts
from desired_state.model import Declared


class VolumeSpec(Declared):
    """A volume; Docker knows it as `name`, or NAMESPACE_NAME.

    `external`: it exists already and is never made or removed.
    `reclaim: delete` lets `ergon delete` and `ergon down --volumes` remove it; the default keeps the data.
    """

    name: str | None = None
    external: bool = False
    driver: str | None = None
    driver_opts: parts.Options | None = None
    labels: parts.Labels = {}
    reclaim: Literal["keep", "delete"] = "keep"
