"""A daemon of the tests' own, to be stopped, killed and frozen. Needs root and a `dockerd`."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from tests.e2e.harness import wait_for
from tools import daemon, docker_api

_SBIN = os.pathsep.join(("/usr/local/sbin", "/usr/sbin", "/sbin"))
_PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), _SBIN))
DOCKERD = shutil.which("dockerd", path=_PATH)
CAN_HAVE_ONE = os.geteuid() == 0 and DOCKERD is not None


class PrivateEngine:
    """One daemon with its files and its network namespace, both of which outlive its processes."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ergon-e2e-engine-"))
        keeps_the_namespace = ["unshare", "--net", "sh", "-c", "ip link set lo up && echo && exec sleep infinity"]
        self._namespace = subprocess.Popen(keeps_the_namespace, stdout=subprocess.PIPE, env=self._environment)
        assert self._namespace.stdout is not None
        self._namespace.stdout.readline()
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def host(self) -> str:
        return f"unix://{self.folder}/docker.sock"

    @property
    def inside(self) -> list[str]:
        """What begins a command that is to run where the daemon's containers are reached."""
        return ["nsenter", f"--net=/proc/{self._namespace.pid}/ns/net", "--"]

    def start(self) -> None:
        """Start the daemon, as after a boot, and return when it answers."""
        proxy = shutil.which("docker-proxy", path=_PATH)
        command = [
            *self.inside,
            str(DOCKERD),
            f"--host={self.host}",
            f"--data-root={self.folder}/data",
            f"--exec-root={self.folder}/exec",
            f"--pidfile={self.folder}/dockerd.pid",
            *([f"--userland-proxy-path={proxy}"] if proxy else []),
        ]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        wait_for(lambda: docker_api.version_of(self.host), f"the private daemon to answer; see {self.folder}/log")

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End the daemon, and return when it has."""
        self.send(number)
        assert self._process is not None
        self._process.wait()
        # A killed daemon's containerd dies with it. Where no init reaps it, the next daemon takes the corpse for alive.
        (self.folder / "exec" / "containerd" / "containerd.pid").unlink(missing_ok=True)

    def restart(self) -> None:
        self.end()
        self.start()

    def close(self) -> None:
        """End it with its containers and all its traces."""
        docker_api.kill_all(self.host)
        self.end()
        # What is left is swept as after a daemon that was killed: containerd, shims, mounts, groups, files.
        daemon.stop(self.folder)
        self._namespace.kill()
        self._namespace.communicate()

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PATH": _PATH}
