"""Builds with the daemon's classic builder, which the SDK speaks."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docker.errors import APIError, DockerException
from requests import RequestException

from desired_state.image import Build
from engine.bodies.given import given
from engine.calls import images
from engine.connection import Wire
from engine.errors import Refused
from engine.limits import SILENCE_S
from observed_state.image import Image


def built(wire: Wire, tag: str, build: Build, labels: Mapping[str, str]) -> Image:
    """Build an image and return it; `.dockerignore` holds.

    Raises:
        Refused: there is no such folder or Dockerfile, or a step failed; the message names the step.
    """
    if not Path(build.context).is_dir():
        raise Refused(f"cannot build {tag}: there is no folder {build.context}")
    step = ""
    for line in _messages(wire, tag, build, labels):
        text = str(line.get("stream", "")).strip()
        if text.startswith("Step "):
            step = text
        if "error" in line:
            where = f"{step}: " if step else ""
            raise Refused(f"cannot build {tag}: {where}{line['error']}")
    return images.inspected(wire, tag)


def _messages(wire: Wire, tag: str, build: Build, labels: Mapping[str, str]) -> Iterator[Any]:
    try:
        yield from _asked(wire, tag, build, labels)
    except APIError as error:
        text = error.explanation or str(error)
        # Also the lack of a Dockerfile comes as the daemon's own failure.
        if (error.status_code or 500) < 500 or "Dockerfile" in text:
            raise Refused(f"cannot build {tag}: {text}") from error
        raise
    except RequestException:
        raise
    except (OSError, DockerException) as error:
        raise Refused(f"cannot build {tag}: {error}") from error


def _asked(wire: Wire, tag: str, build: Build, labels: Mapping[str, str]) -> Iterator[Any]:
    options = given({"dockerfile": build.dockerfile, "target": build.target, "platform": build.platform})
    return wire.client.build(
        path=build.context,
        tag=tag,
        buildargs={name: value for name, value in (build.args or {}).items() if value is not None},
        labels={**(build.labels or {}), **labels},
        nocache=bool(build.no_cache),
        pull=bool(build.pull),
        rm=True,
        forcerm=True,
        decode=True,
        timeout=SILENCE_S,
        **options,
    )
