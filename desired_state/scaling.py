"""What a container may be given more or less of without asking: replicas, and limits."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from desired_state.container_parts import Cpus
from desired_state.model import Declared
from desired_state.values import Size

_PERCENT = re.compile(r"(\d{1,3}) ?%?", re.ASCII)


def parse_percent(value: Any) -> int:
    """Return 70 for `70%`, `"70"` and `70`.

    Raises:
        ValueError: it is not a share, or zero.
    """
    match = None if isinstance(value, bool | float) else _PERCENT.fullmatch(str(value).strip())
    if match is None or int(match[1]) == 0:
        raise ValueError(f"{value!r} is not a share; write it like 70%")
    return int(match[1])


Percent = Annotated[int, BeforeValidator(parse_percent), Field(json_schema_extra={"type": ["string", "integer"]})]
Auto = Annotated[
    Literal["off", "recommend", "apply"],
    # YAML reads a bare `off` as false.
    BeforeValidator(lambda value: "off" if value is False else value, json_schema_input_type=str | bool),
]


class Autoscale(Declared):
    """How many replicas, by how busy they are: the horizontal autoscaler of Kubernetes.

    `cpu` and `memory` are what one replica is to use on average, in percent of what is reserved for it, or of its
    limit where nothing is reserved.
    """

    min: Annotated[int, Field(ge=1, le=1000)] = 1
    max: Annotated[int, Field(ge=1, le=1000)]
    cpu: Percent | None = None
    memory: Percent | None = None

    @model_validator(mode="before")
    @classmethod
    def _says_what_it_can_measure(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and "requests_per_second" in value:
            raise ValueError(
                "requests_per_second can't be scaled on: requests go to the containers directly, and nothing that "
                "Ergon sees counts them; scale on cpu or memory"
            )
        return value


class Bounds(Declared):
    cpus: Cpus | None = None
    memory: Size | None = None


class ResourcePolicy(Declared):
    """What becomes of the limits that follow from measured use.

    `recommend` shows them, `apply` declares them within `min` and `max`, at most once a day; `off` does neither.
    """

    auto: Auto = "recommend"
    min: Bounds | None = None
    max: Bounds | None = None
