"""Make the shop's images: from a registry where one answers, else from Debian's packages, with no registry at all.

    python -m examples.shop.images

Without a registry, one Debian tree with Python and redis (kept in `.cache/images`) stands in for
`python:3.11-slim` and `redis:7`; Debian 12 has these very versions.
"""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import docker
from docker.errors import DockerException, ImageNotFound

from tools import apt
from tools.messages import Impossible, say, stop_with

HERE = Path(__file__).resolve().parent
TREE = HERE.parent.parent / ".cache" / "images" / "debian-python-redis.tar"
STAND_IN = "shop/debian:12"
NOT_NEEDED = ("usr/share/doc/*", "usr/share/man/*", "usr/share/locale/*", "var/cache/apt/*", "var/lib/apt/lists/*")
REGISTRY_PATIENCE_S = 15


@contextlib.contextmanager
def present(client: docker.DockerClient) -> Iterator[None]:
    """Have the shop's images in the engine; those that were not there before are removed again.

    Raises:
        Impossible: neither a registry nor Debian's packages can be had.
    """
    before = {tag for image in client.images.list() for tag in image.tags}
    try:
        prepare(client)
        yield
    finally:
        for tag in ("shop/front:1.0", "shop/api:1.0", "redis:7", "python:3.11-slim", STAND_IN):
            if tag not in before:
                with contextlib.suppress(DockerException):
                    client.images.remove(tag)


def prepare(client: docker.DockerClient) -> None:
    """Make `redis:7`, `shop/api:1.0` and `shop/front:1.0`, as far as they are missing."""
    if not _has(client, "redis:7") and not _pulled("redis:7"):
        _import_tree(client, "redis:7")
    python = "python:3.11-slim"
    if not _has(client, python) and not _pulled(python):
        python = STAND_IN
        _import_tree(client, python)
    for part in ("api", "front"):
        say(f"images: building shop/{part}:1.0 from {python}")
        client.images.build(path=str(HERE / part), tag=f"shop/{part}:1.0", buildargs={"PYTHON": python}, rm=True)


def _has(client: docker.DockerClient, reference: str) -> bool:
    try:
        client.images.get(reference)
    except ImageNotFound:
        return False
    return True


def _pulled(reference: str) -> bool:
    """Pull unless a tree from an earlier run says that no registry answers here."""
    if TREE.exists():
        return False
    repository, _, tag = reference.partition(":")
    impatient = docker.from_env(timeout=REGISTRY_PATIENCE_S)
    try:
        impatient.images.pull(repository, tag=tag)
    except (DockerException, OSError):
        return False
    return True


def _import_tree(client: docker.DockerClient, reference: str) -> None:
    if not TREE.exists():
        _make_tree()
    repository, _, tag = reference.partition(":")
    say(f"images: importing {reference} from {TREE.name}")
    client.api.import_image(src=str(TREE), repository=repository, tag=tag)


def _make_tree() -> None:
    if shutil.which("debootstrap") is None:
        apt.install("debootstrap", purpose="an image registry that answers, or debootstrap,")
    TREE.parent.mkdir(parents=True, exist_ok=True)
    say("images: no registry answers; making a Debian tree with Python and redis (once, about half a minute)")
    with tempfile.TemporaryDirectory(prefix="ergon-tree-") as root:
        packages = ["--variant=minbase", "--include=python3,redis-server"]
        _run("debootstrap", *packages, "bookworm", root, apt.mirror())
        half_made = TREE.with_suffix(".part")
        _run("tar", "-C", root, "-cf", str(half_made), *(f"--exclude=./{path}" for path in NOT_NEEDED), ".")
        half_made.rename(TREE)


def _run(*command: str) -> None:
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        last = (finished.stderr or finished.stdout).strip().splitlines()[-1:]
        raise Impossible(f"{command[0]} failed: {' '.join(last)}")


if __name__ == "__main__":
    try:
        prepare(docker.from_env())
    except Impossible as problem:
        stop_with(problem)
