"""Which daemon to run: the one installed, Debian stable's by apt, or Debian unstable's unpacked into a cache.

The unpacked one changes nothing on the machine: its packages come through a private apt
configuration and lie in `.cache/engines`.
"""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools import apt
from tools.messages import Impossible, say

CACHE = Path(__file__).resolve().parent.parent / ".cache" / "engines"
UNPACKED = "28.5"
STABLE = ("docker.io", "iptables", "iproute2", "slirp4netns")
UNSTABLE = ("docker.io", "docker-cli", "docker-buildx", "docker-compose")
SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")


@dataclass(frozen=True)
class Programs:
    """A daemon's program, and the folders to look in first for what belongs to it."""

    dockerd: Path
    folders: tuple[Path, ...] = ()

    @property
    def search_path(self) -> str:
        """The PATH to run it with; administrators' folders included, which a user's PATH may lack."""
        return os.pathsep.join([*map(str, self.folders), os.environ.get("PATH", os.defpath), *SBIN])

    @property
    def proxy(self) -> Path | None:
        """Its own docker-proxy; None means the daemon finds the right one by itself."""
        return next((proxy for folder in self.folders if (proxy := folder / "docker-proxy").exists()), None)


def provide(version: str | None) -> Programs:
    """Return a daemon of a version (`20.10`, `28.5`; None means whichever is easiest), installed if need be.

    Raises:
        Impossible: it can't be had here; the text says what to do.
    """
    if os.geteuid() != 0:
        raise Impossible("no Docker engine answers and only root can start one; start Docker, or set DOCKER_HOST")
    installed = _installed()
    if version == UNPACKED:
        return _unpacked()
    if version is not None and not _version(installed).startswith(version):
        raise Impossible(f"Docker {version} is wanted and this system has {_version(installed)}; leave --version out")
    return installed


def compose() -> Path:
    """Return the Docker Compose v2 program of the unpacked packages.

    Raises:
        Impossible: they can't be had here.
    """
    return _unpack() / "usr/libexec/docker/cli-plugins/docker-compose"


def _installed() -> Programs:
    where = Programs(Path("dockerd")).search_path
    missing = [name for name in ("dockerd", "iptables", "ip", "slirp4netns") if not shutil.which(name, path=where)]
    if missing:
        apt.install(*STABLE, purpose="a Docker engine")
    dockerd = shutil.which("dockerd", path=where)
    if dockerd is None:
        raise Impossible("dockerd is not on the PATH after installing docker.io; start Docker and set DOCKER_HOST")
    return Programs(Path(dockerd))


def _version(programs: Programs) -> str:
    shown = subprocess.run([programs.dockerd, "--version"], capture_output=True, text=True, check=True).stdout
    return shown.removeprefix("Docker version ").split(",")[0].split("+")[0]


def _unpacked() -> Programs:
    root = _unpack()
    return Programs(root / "usr/sbin/dockerd", (root / "usr/bin", root / "usr/sbin"))


def _unpack() -> Path:
    root = CACHE / UNPACKED
    if not (root / "versions").exists():
        say("apt: fetching Debian unstable's Docker packages, to be unpacked, not installed")
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        with tempfile.TemporaryDirectory(prefix="ergon-apt-") as folder:
            packages = apt.download(*UNSTABLE, suite="sid", folder=Path(folder))
            for package in packages:
                subprocess.run(["dpkg", "-x", package, root], check=True)
            (root / "versions").write_text("".join(f"{package.name}\n" for package in packages))
    return root
