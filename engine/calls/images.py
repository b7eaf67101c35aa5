"""What is asked of Docker about images."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from docker.errors import APIError
from docker.utils import parse_repository_tag
from requests import Response

from desired_state.image_reference import parse
from engine import measuring, observing
from engine.bodies.given import given
from engine.connection import Wire
from engine.limits import REGISTRY_S, REMOVE_S, SILENCE_S
from engine.progress import Layers, Tell
from engine.pull_failures import pull_failure
from engine.registry.credentials import daemon_header
from observed_state.image import Image
from observed_state.usage import Layer

# Docker refuses a push without the header: this is `{}`.
_NOBODY = "e30="


def listed(wire: Wire) -> list[Image]:
    """Return every image that has a name or is in use as a base; `config` is empty."""
    return [observing.image(row) for row in wire.get("/images/json")]


def inspected(wire: Wire, reference: str) -> Image:
    """Return one image by reference or id."""
    return observing.image(wire.get(f"/images/{reference}/json"))


def history(wire: Wire, reference: str) -> tuple[Layer, ...]:
    """Return the steps an image was made by, oldest first."""
    return measuring.layers(wire.get(f"/images/{reference}/history"))


def remove(wire: Wire, image: str) -> None:
    """Remove a reference, and the image with its last one; already gone is fine."""
    try:
        wire.delete(f"/images/{image}", timeout=REMOVE_S)
    except APIError as error:
        if error.status_code != 404:
            raise


def tag(wire: Wire, image: str, reference: str) -> None:
    """Let a reference mean this image, whatever it meant before."""
    repository, name = parse_repository_tag(reference)
    wire.post(f"/images/{image}/tag", params={"repo": repository, "tag": name or "latest"})


def pulled(wire: Wire, reference: str, platform: str | None, tell: Tell) -> Image:
    """Fetch an image from its registry, with the credentials the Docker configuration holds for it.

    Raises:
        PullFailed: the registry said no, or nothing.
    """
    repository, name = parse_repository_tag(reference)
    params = given({"fromImage": repository, "tag": name or "latest", "platform": platform})
    call = partial(wire.request, "POST", "/images/create", params=params, timeout=SILENCE_S, stream=True)
    _carried_out("pull", reference, call, tell)
    return inspected(wire, reference)


def pushed(wire: Wire, reference: str, tell: Tell) -> None:
    """Give an image to its registry.

    Raises:
        PullFailed: the registry said no, or nothing.
    """
    repository, name = parse_repository_tag(reference)
    params = {"tag": name or "latest"}
    path = f"/images/{repository}/push"
    _carried_out(
        "push", reference, partial(wire.request, "POST", path, params=params, timeout=SILENCE_S, stream=True), tell
    )


def offered_digest(wire: Wire, reference: str) -> str:
    """Return the digest that a reference has in its registry now, as the daemon sees it.

    Raises:
        PullFailed: the registry said no, or nothing.
    """
    path = f"/distribution/{reference}/json"
    reply = _asked("look up", reference, partial(wire.request, "GET", path, timeout=REGISTRY_S))
    return str(reply.json()["Descriptor"]["digest"])


def registry_config(wire: Wire) -> Mapping[str, Any]:
    """Return what the daemon was told about registries: mirrors, and which are insecure."""
    found: Mapping[str, Any] = wire.get("/info").get("RegistryConfig") or {}
    return found


def progress(lines: Iterator[bytes]) -> Iterator[Mapping[str, Any]]:
    """Yield the progress messages of a pull or a build."""
    return (json.loads(line) for line in lines if line.strip())


def _carried_out(verb: str, reference: str, call: Callable[..., Response], tell: Tell) -> None:
    """Let the daemon pull or push, told all the way."""
    reply, layers = _asked(verb, reference, call), Layers()
    for line in progress(reply.iter_lines()):
        if "error" in line:
            raise pull_failure(verb, reference, str(line["error"]))
        if far := layers.take(line):
            tell(far)


def _asked(verb: str, reference: str, call: Callable[..., Response]) -> Response:
    """Return the reply to a call by which the daemon speaks to a registry in our name."""
    header = daemon_header(parse(reference).registry)
    try:
        return call(headers={"X-Registry-Auth": header or _NOBODY})
    except APIError as error:
        if error.status_code in (400, 501):
            raise
        raise pull_failure(verb, reference, error.explanation or str(error)) from error
