"""Builds with BuildKit, through the docker command's buildx: the extra `build`, imported when a build needs it."""

import os
import re
import shutil
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from desired_state.build import Build, BuildSecret, pairs
from engine.calls.build_failures import KEPT_LINES, step_failed
from engine.errors import BuildFailed, NotSupported
from engine.progress import Ears

# "#12 [build 3/5] RUN make" begins a step; "#12 1.43 cc: not found" is what it says; "#12 ERROR: ..." its end.
_STEP = re.compile(r"#\d+ (\[.*\d+/\d+\] .+)")
_ERROR = re.compile(r"#\d+ ERROR: (.+)")
# What the builder said last says why it ended where no step failed.
_LAST_LINES = 5
_SAID = re.compile(r"#\d+ \d+\.\d+ (.+)")


@dataclass(frozen=True, slots=True)
class Daemon:
    """What the daemon is to a build: its address, and whether it keeps images of several platforms."""

    address: str
    keeps_platforms: bool = False


def build(tag: str, build: Build, labels: Mapping[str, str], daemon: Daemon, ears: Ears) -> None:
    """Build and leave the image with the daemon; one for several platforms goes to its registry.

    Raises:
        NotSupported: the extra, the docker command or its buildx is not installed, or it can't build for a platform.
        BuildFailed: a step failed; the message names it and its last lines.
    """
    whales = _whales(tag, build)
    docker = whales.DockerClient(host=daemon.address)
    if not docker.buildx.is_installed():
        raise NotSupported(f"cannot build {tag}: {_why(build)}, and the docker command has no buildx; install it")
    if wanted := build.platforms or ([build.platform] if build.platform else []):
        can_build(tag, wanted, docker.buildx.inspect(), daemon)
    outcome = _Outcome(tag)
    try:
        for line in docker.buildx.build(build.context, **_options(tag, build, labels), stream_logs=True):
            outcome.take(line, ears)
    except whales.exceptions.DockerException as error:
        raise outcome.refusal(error.return_code) from error


def can_build(tag: str, platforms: Sequence[str], builder: Any, daemon: Daemon) -> None:
    """Return if a builder (as buildx shows it) can build for these platforms, several of them in one image.

    Raises:
        NotSupported: it can't; says what it can, and what to do.
    """
    known = [platform for node in builder.nodes or () for platform in node.platforms or ()]
    can = {_canonical(platform) for platform in known}
    if missing := [platform for platform in platforms if can and _canonical(platform) not in can]:
        advice = (
            "install its emulation (Debian: apt-get install qemu-user-static binfmt-support) or add a node that can"
        )
        raise NotSupported(
            f"cannot build {tag} for {', '.join(missing)}: the builder {builder.name} builds for {', '.join(known)}; "
            + advice
        )
    if len(platforms) > 1 and builder.driver == "docker" and not daemon.keeps_platforms:
        raise NotSupported(
            f"cannot build {tag} for {len(platforms)} platforms: the builder {builder.name} is the daemon's own, which "
            "builds for one at a time; make one with `docker buildx create --use`"
        )


def _canonical(platform: str) -> str:
    """Return a platform without what is understood by itself: buildx marks preferred ones with a star."""
    plain = platform.rstrip("*")
    return {"linux/arm64/v8": "linux/arm64", "linux/x86_64": "linux/amd64"}.get(plain, plain)


def _whales(tag: str, build: Build) -> Any:
    try:
        whales = import_module("python_on_whales")
    except ImportError:
        advice = "install Ergon with its extra: ergon-controller[build]"
        raise NotSupported(f"cannot build {tag}: {_why(build)}; {advice}") from None
    if shutil.which("docker") is None:
        raise NotSupported(f"cannot build {tag}: {_why(build)}, and there is no docker command; install it")
    return whales


def _why(build: Build) -> str:
    """Return what asks for BuildKit."""
    return f"{', '.join(build.buildkit_only) or 'builder: buildkit'} needs BuildKit"


def _options(tag: str, build: Build, labels: Mapping[str, str]) -> dict[str, Any]:
    several = build.for_several
    platforms = build.platforms or ([build.platform] if build.platform else None)
    return {
        "tags": [tag],
        "labels": {**(build.labels or {}), **labels},
        "build_args": {name: value for name, value in (build.args or {}).items() if value is not None},
        "cache": not build.no_cache,
        "pull": bool(build.pull),
        "add_hosts": {host: addresses[0] for host, addresses in (build.extra_hosts or {}).items()},
        "cache_from": [_mapping(text) for text in build.cache_from or ()],
        "cache_to": build.cache_to[0] if build.cache_to else None,
        "file": _dockerfile(build),
        "network": build.network,
        "platforms": platforms,
        "secrets": [_secret(secret) for secret in build.secrets or ()],
        "ssh": build.ssh[0] if build.ssh else None,
        "target": build.target,
        "load": not several,
        "push": several,
        "progress": "plain",
    }


def _dockerfile(build: Build) -> str | None:
    """Return where the Dockerfile is: buildx takes it relative to where it is called, not to the context."""
    if build.dockerfile is None or build.is_remote:
        return build.dockerfile
    return os.path.join(build.context, build.dockerfile)  # noqa: PTH118 - text in, text out


def _mapping(text: str) -> dict[str, str]:
    if "=" not in text:
        return {"type": "registry", "ref": text}
    return pairs(text)


def _secret(secret: BuildSecret) -> str:
    source = f"src={secret.file}" if secret.file else f"env={secret.environment}"
    return f"id={secret.id},{source}"


class _Outcome:
    """What the builder tells on the way, kept for the case that it fails."""

    def __init__(self, tag: str) -> None:
        self._tag = tag
        self._step = ""
        self._error = ""
        self._said: deque[str] = deque(maxlen=KEPT_LINES)
        self._last: deque[str] = deque(maxlen=_LAST_LINES)

    def take(self, line: str, ears: Ears) -> None:
        line = line.strip()
        if line:
            ears.line(line)
            self._last.append(line)
        if found := _STEP.match(line):
            self._step = found.group(1)
            self._said.clear()
            ears.step(self._step)
        elif found := _ERROR.match(line):
            self._error = self._error or found.group(1)
        elif found := _SAID.match(line):
            self._said.append(found.group(1))

    def refusal(self, code: int) -> BuildFailed:
        """Return the error of the build, in the builder's own words."""
        why = self._error or f"the builder ended with code {code}: {' | '.join(self._last)}"
        return step_failed(self._tag, self._step, why, [*self._said])
