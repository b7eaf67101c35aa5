"""A Docker daemon of our own: started in a network namespace of its own, and ended without a trace.

Two daemons in one network namespace fight over `docker0` and the firewall's chains, and a daemon
leaves both behind. In a namespace of its own it meets nobody, and everything goes with it.
slirp4netns, a user-space router, lets it and its containers reach the outside.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tools import docker_api
from tools.messages import Impossible, say
from tools.programs import Programs

PATIENCE_S = 60
ENGINE_PROGRAMS = ("dockerd", "containerd", "docker-proxy")


@dataclass(frozen=True)
class Daemon:
    """A daemon that we started; all its files are in `folder`. `router` is 0 when it has none."""

    folder: str
    pid: int
    router: int

    @property
    def host(self) -> str:
        """Its address, for DOCKER_HOST."""
        return f"unix://{self.folder}/docker.sock"

    @property
    def namespace(self) -> str:
        """Its network namespace: published ports and containers' addresses answer inside only."""
        return f"/proc/{self.pid}/ns/net"


def start(programs: Programs, folder: Path) -> Daemon:
    """Start a daemon with all its files in `folder`, and return when it answers.

    Raises:
        Impossible: it ended or did not answer in time; its last words are in the text.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    process = _launch(programs, folder)
    daemon = Daemon(str(folder), process.pid, 0)
    _record(daemon)
    try:
        _wait_until_it_answers(daemon, process)
        daemon = Daemon(str(folder), process.pid, _route_outside(process.pid))
        _record(daemon)
    except BaseException:
        stop(folder)
        raise
    return daemon


def stop(folder: Path) -> None:
    """End the daemon that `folder` belongs to, with its containers, mounts, cgroups and files."""
    daemon = _recorded(folder)
    if daemon is not None and is_running(folder):
        docker_api.kill_all(daemon.host)
        _end(daemon.pid, signal.SIGTERM)
    if daemon is not None and f"{daemon.pid} tap0" in _command_line(daemon.router):
        _end(daemon.router, signal.SIGTERM)
    containers = _names_in(folder / "data" / "containers")
    # What a killed daemon leaves: its containerd, the shims, and the containers under them.
    for pid in [*_processes_of(folder), *_processes_in(containers)]:
        _end(pid, signal.SIGKILL)
    _unmount_below(folder)
    _remove_cgroups(containers)
    shutil.rmtree(folder, ignore_errors=True)


def is_running(folder: Path) -> bool:
    """Say whether the daemon that `folder` belongs to is alive."""
    daemon = _recorded(folder)
    return daemon is not None and str(folder) in _command_line(daemon.pid)


def _launch(programs: Programs, folder: Path) -> subprocess.Popen[bytes]:
    proxy = [f"--userland-proxy-path={programs.proxy}"] if programs.proxy else []
    command = [
        str(programs.dockerd),
        f"--host=unix://{folder}/docker.sock",
        f"--data-root={folder}/data",
        f"--exec-root={folder}/exec",
        f"--pidfile={folder}/dockerd.pid",
        *proxy,
    ]
    # unshare and sh replace themselves, so the process that we know is the daemon.
    apart = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *command]
    environment = {**os.environ, "PATH": programs.search_path}
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            apart, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )


def _wait_until_it_answers(daemon: Daemon, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while docker_api.version_of(daemon.host) is None:
        if process.poll() is not None or time.monotonic() > deadline:
            last_words = (Path(daemon.folder) / "log").read_text(errors="replace").strip().splitlines()[-1:]
            raise Impossible(f"the Docker daemon did not start: {' '.join(last_words) or 'it said nothing'}")
        time.sleep(0.05)


def _route_outside(pid: int) -> int:
    """Give the daemon's namespace a way out; return the router's pid, or 0 when there can be none."""
    router = shutil.which("slirp4netns")
    if router is None or not Path("/dev/net/tun").exists():
        say("engine: its containers reach nothing outside (slirp4netns or /dev/net/tun is missing)")
        return 0
    ready, write_end = os.pipe()
    command = [router, "--configure", "--mtu=65520", "--disable-host-loopback", f"--ready-fd={write_end}"]
    process = subprocess.Popen(
        [*command, str(pid), "tap0"],
        pass_fds=[write_end],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(write_end)
    with os.fdopen(ready, "rb") as pipe:
        pipe.read(1)
    return process.pid


def _record(daemon: Daemon) -> None:
    (Path(daemon.folder) / "daemon.json").write_text(json.dumps(asdict(daemon)))


def _recorded(folder: Path) -> Daemon | None:
    try:
        return Daemon(**json.loads((folder / "daemon.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _end(pid: int, how: signal.Signals) -> None:
    """Signal a process and wait until it is gone; kill it after a while."""
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, how)
        deadline = time.monotonic() + PATIENCE_S / 2
        while _is_alive(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)


def _is_alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):  # not a child of ours: started by an earlier command
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    try:
        after_the_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    except OSError:
        return False
    return after_the_name.split()[0] not in "ZX"  # a zombie waits for its parent only


def _processes_of(folder: Path) -> Iterator[int]:
    for pid in _pids():
        program, _, arguments = _command_line(pid).partition(" ")
        if Path(program).name.startswith(ENGINE_PROGRAMS) and f"{folder}/" in arguments:
            yield pid


def _processes_in(containers: Iterable[str]) -> Iterator[int]:
    for pid in _pids():
        with contextlib.suppress(OSError):
            groups = Path(f"/proc/{pid}/cgroup").read_text()
            if any(container in groups for container in containers):
                yield pid


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _names_in(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()] if folder.is_dir() else []


def _unmount_below(folder: Path) -> None:
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for mount in sorted((m for m in mounts if m.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "--lazy", mount], check=False)


def _remove_cgroups(containers: Iterable[str]) -> None:
    for container in containers:
        for group in Path("/sys/fs/cgroup").glob(f"**/*{container}*"):
            with contextlib.suppress(OSError):
                group.rmdir()
