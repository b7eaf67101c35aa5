"""Debian's packages, by apt: installing some, and unpacking another suite's without installing them."""

import contextlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.messages import Impossible, say, stop_with

POLICY = Path("/usr/sbin/policy-rc.d")


def available() -> bool:
    """Say whether this is a Debian-like system on which we may install packages."""
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def install(*packages: str, purpose: str) -> None:
    """Install packages without their recommendations; services they bring are not started.

    Raises:
        Impossible: apt is not there, we are not root, or apt failed.
    """
    wanted = " ".join(packages)
    if not available():
        raise Impossible(f"{purpose} is missing; install it (Debian: apt-get install {wanted}) and run this again")
    say(f"apt: installing {wanted}")
    with _services_held_back():
        if not _run_install(packages):
            run("apt-get", "update", "-q")
            if not _run_install(packages):
                raise Impossible(f"apt-get could not install {wanted}; run it by hand to see why")


def download(*packages: str, suite: str, folder: Path) -> list[Path]:
    """Fetch another suite's packages into `folder`; the machine's own sources and lists stay as they are.

    Raises:
        Impossible: this is no Debian, or its mirror has no such suite.
    """
    sources = folder / "sources.list"
    sources.write_text(f"deb {mirror()} {suite} main\n")
    options = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
    }
    for needed in ("lists/partial", "cache/archives/partial"):
        (folder / needed).mkdir(parents=True)
    apt_get = ["apt-get", "-q", *(f"-o{name}={value}" for name, value in options.items())]
    for step in (["update"], ["download", *packages]):
        if subprocess.run([*apt_get, *step], cwd=folder, capture_output=True, check=False).returncode != 0:
            raise Impossible(f"Debian's {suite} packages can't be had: apt-get {step[0]} failed")
    return sorted(folder.glob("*.deb"))


def mirror() -> str:
    """Return the address that this machine's own Debian packages come from; it has every other suite too.

    Raises:
        Impossible: this is not Debian.
    """
    system = platform.freedesktop_os_release()
    if system["ID"] == "debian":
        listing = ["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"]
        for line in subprocess.run(listing, capture_output=True, text=True, check=True).stdout.splitlines():
            release, _, address = line.partition(" ")
            if release == system["VERSION_CODENAME"]:
                return address
    raise Impossible(f"Debian's packages are needed and this is {system.get('PRETTY_NAME', 'another system')}")


def _run_install(packages: tuple[str, ...]) -> bool:
    return run("apt-get", "install", "-y", "-q", "--no-install-recommends", *packages) == 0


def run(*command: str) -> int:
    """Run quietly, without questions; return the exit status."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    finished = subprocess.run(command, env=quiet, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    return finished.returncode


@contextlib.contextmanager
def _services_held_back() -> Iterator[None]:
    # Debian starts what it installs; a daemon that nobody asked for would share our bridge and rules.
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)


if __name__ == "__main__":
    try:
        install(*sys.argv[1:], purpose="a package that the tests use")
    except Impossible as problem:
        stop_with(problem)
