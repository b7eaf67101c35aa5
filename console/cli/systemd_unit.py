"""The unit by which systemd runs the controller: what it needs, and nothing more than that.

What it must be able to do: reach Docker's socket and the network, write its state folder, read the files that
configs, secrets and builds name wherever they are, and see the processes of containers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

NAME = "ergon.service"
Scope = Literal["system", "user"]

# The controller drains for 30 s and hands over within 30 s; what stops containers takes their graces on top.
_STOP_S = 120

_SERVICE = (
    "Type=notify",
    "NotifyAccess=main",
    "Restart=always",
    "RestartSec=2s",
    # A damaged store does not mend itself by trying again.
    "RestartPreventExitStatus=78",
    "WatchdogSec=60s",
    "TimeoutStartSec=120s",
    f"TimeoutStopSec={_STOP_S}s",
    "KillMode=mixed",
    "UMask=0077",
)
# What a user's own systemd can do without privileges.
_HARDENED = (
    "NoNewPrivileges=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "SystemCallArchitectures=native",
)
_HARDENED_SYSTEM = (
    "ProtectSystem=strict",
    "ProtectHome=read-only",
    "ReadWritePaths=/tmp /var/tmp -%h/.docker",
    "PrivateDevices=yes",
    "ProtectKernelTunables=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelLogs=yes",
    "ProtectControlGroups=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "RestrictNamespaces=yes",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "SystemCallFilter=@system-service",
    "SystemCallErrorNumber=EPERM",
    # To read what people declare files of, and to see whose processes listen where.
    "CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_SYS_PTRACE",
    "OOMScoreAdjust=-500",
)


@dataclass(frozen=True, slots=True)
class Unit:
    """`command` starts the controller in the foreground; `environment` is what it runs with."""

    scope: Scope
    command: Sequence[str]
    state_dir: Path
    environment: dict[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """Return the unit file."""
        variables = {"ERGON_STATE_DIR": str(self.state_dir), **self.environment}
        service = [
            *_SERVICE,
            f"ExecStart={' '.join(_quoted(word.replace('$', '$$')) for word in self.command)}",
            *(f"Environment={_quoted(f'{name}={value}')}" for name, value in sorted(variables.items())),
            *_HARDENED,
        ]
        if self.scope == "system":
            service += [*_HARDENED_SYSTEM, f"ReadWritePaths={_quoted(str(self.state_dir))}"]
        return "\n".join((*_unit(self.scope), "", "[Service]", *service, "", *_install(self.scope), ""))


def _unit(scope: Scope) -> Sequence[str]:
    waits = "docker.service docker.socket network-online.target" if scope == "system" else "docker.service"
    wants = ["Wants=docker.service network-online.target"] if scope == "system" else []
    return (
        "[Unit]",
        "Description=Ergon, which keeps Docker containers as declared",
        # Not BindsTo: while Docker is away the controller waits for it, and says so.
        f"After={waits}",
        *wants,
        "StartLimitIntervalSec=0",
    )


def _install(scope: Scope) -> Sequence[str]:
    return ("[Install]", f"WantedBy={'multi-user.target' if scope == 'system' else 'default.target'}")


def _quoted(text: str) -> str:
    """Return a word as systemd reads it back: nothing in it is a specifier or a separator."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'
