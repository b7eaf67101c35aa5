"""What a declaration may ask of the host: three profiles, and every reason why one is exceeded.

After the Pod Security Standards of Kubernetes and the driver defaults of Nomad. `privileged` allows all,
`baseline` what gives no way out of the container, `restricted` only what follows good practice, too.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from desired_state.misfits import Path
from desired_state.model import Declared

Profile = Literal["privileged", "baseline", "restricted"]

# Never bound, wherever the allowed roots are: they hold the host's secrets, its kernel, or its Docker.
NEVER_BOUND = ("/etc", "/root", "/home", "/proc", "/sys", "/dev", "/boot")
DOCKERS_OWN = ("/run/docker.sock", "/var/run/docker.sock", "/run/containerd", "/var/lib/docker", "/var/lib/containerd")


class Allowed(Declared):
    """What the baseline allows on this host beyond what is harmless everywhere."""

    bind_roots: list[str] = Field(default_factory=lambda: ["/srv"])
    host_ports: list[int] = Field(default_factory=lambda: [1024, 65535], min_length=2, max_length=2)
    volume_drivers: list[str] = Field(default_factory=lambda: ["local"])
    network_drivers: list[str] = Field(default_factory=lambda: ["bridge"])
    runtimes: list[str] = Field(default_factory=lambda: ["runc"])


_DEFAULT = Allowed()


@dataclass(frozen=True, slots=True)
class Host:
    """The host that is protected. `real` resolves symbolic links; `own` are the folders of Docker and Ergon."""

    allowed: Allowed = _DEFAULT
    real: Callable[[str], str] = str
    own: Sequence[str] = DOCKERS_OWN


@dataclass(frozen=True, slots=True)
class Denial:
    """One thing that a profile does not allow: the field of the spec, the rule, why, and what to write instead."""

    path: Path
    rule: str
    why: str
    instead: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.why}; {self.instead}"


Denials = Iterator[Denial]
