"""What is asked of Docker about images."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from docker import auth
from docker.errors import APIError
from docker.utils import parse_repository_tag

from engine import observing
from engine.bodies.given import given
from engine.connection import Wire
from engine.limits import REMOVE_S, SILENCE_S
from engine.pull_failures import pull_failure
from observed_state.image import Image


def listed(wire: Wire) -> list[Image]:
    """Return every image that has a name or is in use as a base; `config` is empty."""
    return [observing.image(row) for row in wire.get("/images/json")]


def inspected(wire: Wire, reference: str) -> Image:
    """Return one image by reference or id."""
    return observing.image(wire.get(f"/images/{reference}/json"))


def remove(wire: Wire, image: str) -> None:
    """Remove a reference, and the image with its last one; already gone is fine."""
    try:
        wire.delete(f"/images/{image}", timeout=REMOVE_S)
    except APIError as error:
        if error.status_code != 404:
            raise


def pulled(wire: Wire, reference: str, platform: str | None) -> Image:
    """Fetch an image from its registry, with the credentials the Docker configuration holds for it.

    Raises:
        PullFailed: the registry said no, or nothing.
    """
    repository, tag = parse_repository_tag(reference)
    params = given({"fromImage": repository, "tag": tag or "latest", "platform": platform})
    registry, _ = auth.resolve_repository_name(repository)
    credentials = auth.get_config_header(wire.client, registry)
    headers: dict[str, str | bytes] = {"X-Registry-Auth": credentials} if credentials else {}
    try:
        reply = wire.request("POST", "/images/create", params=params, headers=headers, timeout=SILENCE_S, stream=True)
    except APIError as error:
        if error.status_code in (400, 501):
            raise
        raise pull_failure(reference, error.explanation or str(error)) from error
    for line in progress(reply.iter_lines()):
        if "error" in line:
            raise pull_failure(reference, str(line["error"]))
    return inspected(wire, reference)


def progress(lines: Iterator[bytes]) -> Iterator[Mapping[str, Any]]:
    """Yield the progress messages of a pull or a build."""
    return (json.loads(line) for line in lines if line.strip())
