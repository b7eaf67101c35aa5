"""The JSON shapes of answers about images."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from controller.redaction import HIDDEN
from controller.views import moment
from desired_state.secrecy import looks_secret
from observed_state.image import Image
from observed_state.usage import Layer
from reconcilers.naming import SOLUTION_LABEL

if TYPE_CHECKING:  # only a build that fails needs to know so many words
    from dockerfiles.build_failures.explaining import Explanation

Json = dict[str, Any]


def image(found: Image, used_by: Sequence[str]) -> Json:
    """Return one row of a list of images; `used_by` are the names of its containers."""
    return {
        "id": found.id,
        "references": list(found.references),
        "digests": list(found.digests),
        "size": found.size,
        "created": moment(found.created),
        "solution": found.labels.get(SOLUTION_LABEL, ""),
        "used_by": sorted(used_by),
    }


def inspected(found: Image, used_by: Sequence[str], layers: Sequence[Layer]) -> Json:
    """Return everything about one image, values that look secret hidden."""
    config = found.config
    return {
        **image(found, used_by),
        "platform": f"{found.os}/{found.architecture}" if found.os else "",
        "user": config.get("User") or "",
        "entrypoint": config.get("Entrypoint") or [],
        "command": config.get("Cmd") or [],
        "working_dir": config.get("WorkingDir") or "",
        "ports": sorted(config.get("ExposedPorts") or {}),
        "volumes": sorted(config.get("Volumes") or {}),
        "environment": dict(_variable(entry) for entry in config.get("Env") or ()),
        "healthcheck": config.get("Healthcheck"),
        "stop_signal": config.get("StopSignal") or "",
        "labels": dict(found.labels),
        "layers": [{"command": layer.created_by, "size": layer.size} for layer in layers],
    }


def failure(found: "Explanation") -> Json:
    """Return why a build failed, for machines."""
    return {
        "step": found.step,
        "instruction": found.instruction,
        "line": found.line,
        "cause": found.cause.code,
        "text": found.cause.text,
        "advice": found.cause.advice,
        "evidence": found.cause.evidence,
        "package": found.cause.package,
    }


def _variable(entry: str) -> tuple[str, str]:
    name, _, value = entry.partition("=")
    return name, HIDDEN if looks_secret(name, value) else value


def users_by_image(containers: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the containers of each image, from the image of each container."""
    found: dict[str, list[str]] = {}
    for name, image_id in containers.items():
        found.setdefault(image_id, []).append(name)
    return found
