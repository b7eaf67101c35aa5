"""Images to build on where no registry is: root file systems made of Debian's packages, kept in `.cache/bases`.

Packages are unpacked, and recorded as installed: a step that installs one of them finds it there, without a network.
"""

import hashlib
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import docker

from tools.apt import available
from tools.messages import Impossible

CACHE = Path(__file__).parents[2] / ".cache" / "bases"
_SYSTEM = ("base-files", "base-passwd", "bash", "dash", "coreutils", "sed", "grep", "findutils", "apt", "dpkg", "tar")
PYTHON = (
    *("python3", "python-is-python3", "python3-venv", "python3-pip", "python3-flask", "gunicorn", "uvicorn"),
    *("nginx-light", "ca-certificates", "tzdata"),
)
NODE = ("nodejs", "npm")
C = ("gcc", "libc6-dev", "make")
RUBY = ("ruby", "ruby-bundler", "puma")
GO = ("golang-go", "ca-certificates", "tzdata")

# Go builds its standard library anew for `-trimpath`, so the built one is of no use either.
_UNREAD = re.compile(
    r"\./usr/(share/(doc|man|locale|info)/|lib/go-[\d.]+/pkg/linux_|share/go-[\d.]+/(test/|api/|src/cmd/|.*_test\.go))"
)

can_be_made = available


def imported(client: docker.APIClient, reference: str, packages: Sequence[str]) -> str:
    """Import a base with these packages under a reference, and return it."""
    repository, _, tag = reference.rpartition(":")
    file = str(archive(packages))
    client.import_image_from_file(file, repository=repository, tag=tag, changes=['CMD ["bash"]'])
    return reference


def archive(packages: Sequence[str]) -> Path:
    """Return the tar archive of a root file system with these packages; made once.

    Raises:
        Impossible: this is no Debian, or its mirror does not answer.
    """
    wanted = sorted({*_SYSTEM, *packages})
    made = CACHE / f"{hashlib.sha256(' '.join(wanted).encode()).hexdigest()[:12]}.tar"
    if not made.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            draft = Path(folder) / "root.tar"
            _make(wanted, Path(folder), draft)
            draft.replace(made)
    return made


def _make(wanted: Sequence[str], folder: Path, target: Path) -> None:
    root = folder / "root"
    # One /bin for all, as Debian has it: packages name files in either.
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    records = []
    for package in _downloaded(wanted, folder):
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as unpacked:
            # Unlike `dpkg -x`, tar follows the links of the root.
            subprocess.run(["tar", "-x", "--keep-directory-symlink", "-C", root], stdin=unpacked.stdout, check=True)
        control = subprocess.run(["dpkg-deb", "--field", package], capture_output=True, text=True, check=True).stdout
        records.append(f"{control.rstrip()}\nStatus: install ok installed\n")
    _finish(root, records)
    with tarfile.open(target, "w") as archive:
        archive.add(root, ".", filter=_owned_by_root)
    shutil.rmtree(root)


def _downloaded(wanted: Sequence[str], folder: Path) -> Iterator[Path]:
    """Yield the packages with all that they depend on, as for a system that has nothing."""
    (folder / "cache/archives/partial").mkdir(parents=True)
    (folder / "status").touch()
    options = {
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "Debug::NoLocking": "1",
        "APT::Sandbox::User": "root",
        "APT::Install-Recommends": "0",
    }
    chosen = [f"-o{name}={value}" for name, value in options.items()]
    command = ["apt-get", "-q", "-y", *chosen, "--download-only", "install", *wanted]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        subprocess.run(["apt-get", "update", "-q"], capture_output=True, check=False)
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            raise Impossible(f"Debian's packages can't be had: {' '.join(wanted)}")
    yield from sorted((folder / "cache/archives").glob("*.deb"))


def _finish(root: Path, records: Sequence[str]) -> None:
    """Do what the packages' scripts would do, as far as builds need it."""
    for name in ("passwd", "group"):
        shutil.copy(root / f"usr/share/base-passwd/{name}.master", root / f"etc/{name}")
    (root / "var/lib/dpkg").mkdir(parents=True, exist_ok=True)
    (root / "var/lib/dpkg/status").write_text("\n".join(records))
    (root / "tmp").chmod(0o1777)


def _owned_by_root(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Return an entry as root's, None for what no build reads and makes an import slow."""
    if _UNREAD.match(entry.name):
        return None
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry
