"""Builds with the daemon's classic builder, which the SDK speaks."""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from docker.errors import APIError, DockerException
from requests import RequestException

from desired_state.build import Build
from engine.bodies.given import given
from engine.build_context import checked_folder
from engine.calls import buildkit, images
from engine.calls.build_failures import LAST_LINES, step_failed
from engine.connection import Wire
from engine.errors import Refused
from engine.limits import SILENCE_S
from engine.progress import Tell
from observed_state.image import Image


def built(wire: Wire, tag: str, build: Build, labels: Mapping[str, str], tell: Tell) -> Image:
    """Build an image and return it; `.dockerignore` holds.

    Raises:
        Refused: there is no such folder or Dockerfile, or a step failed; the message names the step and its last lines.
        NotSupported: BuildKit is asked for and not there.
    """
    if not build.is_remote:
        try:
            checked_folder(build)
        except Refused as error:
            raise Refused(f"cannot build {tag}: {error.message}") from error
    if build.with_buildkit:
        buildkit.build(tag, build, labels, wire.address, tell)
    else:
        _build(wire, tag, build, labels, tell)
    return images.inspected(wire, tag)


def _build(wire: Wire, tag: str, build: Build, labels: Mapping[str, str], tell: Tell) -> None:
    step = ""
    said: deque[str] = deque(maxlen=LAST_LINES)
    for line in _messages(wire, tag, build, labels):
        for text in filter(None, (part.strip() for part in str(line.get("stream", "")).splitlines())):
            if text.startswith("Step "):
                step = text
                said.clear()
                tell(text)
            elif not text.startswith("--->"):
                said.append(text)
        if "error" in line:
            raise step_failed(tag, step, str(line["error"]), said)


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
    options = given(
        {
            "dockerfile": build.dockerfile,
            "target": build.target,
            "platform": build.platform,
            "network_mode": build.network,
            "shmsize": build.shm_size,
            "extra_hosts": build.extra_hosts,
            "cache_from": build.cache_from,
        }
    )
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
