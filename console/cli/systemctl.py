"""Talk to systemd: write the unit where it looks for it, and ask `systemctl` to act."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from console.cli.failures import fail
from console.cli.systemd_unit import NAME, Scope

_SYSTEM_UNITS = Path("/etc/systemd/system")
_SYSTEM_RUNS = Path("/run/systemd/system")
_SHOWN = ("LoadState", "ActiveState", "SubState", "UnitFileState", "MainPID", "Environment")


class Systemd:
    """The service manager of the system, or of this user."""

    def __init__(self, scope: Scope) -> None:
        self.scope: Scope = scope

    @property
    def path(self) -> Path:
        """Where the unit is."""
        if self.scope == "system":
            return _SYSTEM_UNITS / NAME
        config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
        return Path(config) / "systemd" / "user" / NAME

    def require(self) -> None:
        """Return if this service manager runs here.

        Raises:
            ServiceError: it does not, and what to do instead.
        """
        if self._runs():
            return
        what = "systemd does not run here" if self.scope == "system" else "this user has no systemd of its own here"
        raise fail(
            what, "`--dry-run` prints the unit; without systemd, start `ergon run` from what starts services here"
        )

    def install(self, text: str) -> bool:
        """Write the unit and return whether that changed anything."""
        known = self.path.read_text() if self.path.exists() else None
        if known == text:
            return False
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            new = self.path.with_suffix(".new")
            new.write_text(text)
            new.replace(self.path)
        except PermissionError as error:
            raise fail(f"cannot write {self.path}: permission denied", "use sudo, or `--user`") from error
        self.call("daemon-reload")
        return True

    def remove(self) -> bool:
        """Stop and disable the service and remove its unit; return whether there was one."""
        if not self.path.exists():
            return False
        self.call("disable", "--now", NAME)
        try:
            self.path.unlink()
        except PermissionError as error:
            raise fail(f"cannot remove {self.path}: permission denied", "use sudo, or `--user`") from error
        self.call("daemon-reload")
        return True

    def properties(self) -> Mapping[str, str]:
        """Return what systemd knows about the service, by its own names."""
        shown = self.call("show", NAME, *(f"--property={name}" for name in _SHOWN))
        return dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)

    def call(self, *arguments: str) -> str:
        """Return what `systemctl` prints.

        Raises:
            ServiceError: it failed, in its own words.
        """
        scope = ["--user"] if self.scope == "user" else []
        command = ["systemctl", *scope, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
        if done.returncode:
            raise fail(f"`{' '.join(command)}` failed: {done.stderr.strip() or done.returncode}", _hint(self.scope))
        return done.stdout

    def _runs(self) -> bool:
        if self.scope == "system":
            return _SYSTEM_RUNS.is_dir()
        runtime = os.environ.get("XDG_RUNTIME_DIR")
        return bool(runtime) and (Path(str(runtime)) / "systemd").is_dir()


def _hint(scope: Scope) -> str:
    return "`journalctl -u ergon` says more" if scope == "system" else "`journalctl --user -u ergon` says more"
