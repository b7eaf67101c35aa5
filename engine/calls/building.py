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
from engine.calls.build_failures import KEPT_LINES, step_failed
from engine.connection import Wire
from engine.errors import Refused
from engine.limits import SILENCE_S
from engine.progress import Ears
from observed_state.image import Image

_CACHED = "---> Using cache"
_OWN_ACCOUNTS = ("--->", "Removing intermediate container ")


def built(wire: Wire, tag: str, build: Build, labels: Mapping[str, str], ears: Ears) -> Image:
    """Build an image and return it; `.dockerignore` holds.

    Raises:
        Refused: there is no such folder or Dockerfile.
        BuildFailed: a step failed; the message names the step and its last lines.
        NotSupported: BuildKit is asked for and not there.
    """
    if not build.is_remote:
        try:
            checked_folder(build)
        except Refused as error:
            raise Refused(f"cannot build {tag}: {error.message}") from error
    if not build.with_buildkit:
        _build(wire, tag, build, labels, ears)
        return images.inspected(wire, tag)
    buildkit.build(tag, build, labels, _daemon(wire, build), ears)
    # Of several platforms, all are in the registry now, and none is here.
    return images.pulled(wire, tag, None, ears.step) if build.for_several else images.inspected(wire, tag)


def _daemon(wire: Wire, build: Build) -> buildkit.Daemon:
    if not build.for_several:
        return buildkit.Daemon(wire.address)
    # An engine whose images are in containerd's store says so only here.
    store = str(wire.get("/info").get("DriverStatus") or "")
    return buildkit.Daemon(wire.address, keeps_platforms="io.containerd.snapshotter" in store)


def _build(wire: Wire, tag: str, build: Build, labels: Mapping[str, str], ears: Ears) -> None:
    step = ""
    said: deque[str] = deque(maxlen=KEPT_LINES)
    lines = Lines()
    for line in _messages(wire, tag, build, labels):
        for text in lines.take(str(line.get("stream", ""))) if "error" not in line else lines.rest():
            ears.line(text)
            if text.startswith("Step "):
                step = text
                said.clear()
                ears.step(text)
            elif text != _CACHED:
                said.append(text)
        if "error" in line:
            raise step_failed(tag, step, str(line["error"]), [*said])


class Lines:
    """Puts the lines of the output together: the builder tells them in pieces, and paints red what goes to stderr.

    What it notes about its own containers and layers is left out, but that a step came from the cache.
    """

    def __init__(self) -> None:
        self._begun = ""

    def take(self, piece: str) -> Iterator[str]:
        """Yield the lines that are whole with this piece of the output."""
        *whole, self._begun = (self._begun + piece.replace("\x1b[91m", "").replace("\x1b[0m", "")).split("\n")
        for line in whole:
            # A carriage return writes a line anew.
            text = line.rstrip("\r").rpartition("\r")[2].strip()
            if text and (text == _CACHED or not text.startswith(_OWN_ACCOUNTS)):
                yield text

    def rest(self) -> Iterator[str]:
        """Yield the line that was begun, and not ended."""
        return self.take("\n")


def _messages(wire: Wire, tag: str, build: Build, labels: Mapping[str, str]) -> Iterator[Any]:
    try:
        yield from _asked(wire, tag, build, labels)
    except APIError as error:
        text = error.explanation or str(error)
        # Also the lack of a Dockerfile comes as the daemon's own failure.
        if (error.status_code or 500) < 500 or "Dockerfile" in text:
            raise step_failed(tag, "", text, ()) from error
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
