"""What runs inside a container, as its companion found it from outside."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ServiceStatus = Literal["listening", "starting", "not-listening", "no-port", "loopback-only"]


@dataclass(frozen=True, slots=True)
class Service:
    """One service inside a container.

    `type` is a slug (`redis`, `fastapi`, `unknown-go`) and `server` what carries it (`uvicorn`), "" for
    itself. `port` is the one that clients use, None for a worker; `ports` are all of them by role.
    `port_source` says where the port is known from (`socket`, `args`, `env`, `log`, `image`, `default`).
    `confidence` is between 0 and 1; `evidence` quotes what speaks for it.
    """

    type: str
    status: ServiceStatus
    confidence: float
    server: str = ""
    port: int | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    port_source: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Discovery:
    """What one container runs: its services, those too uncertain to report, and its supervisor ("" for none).

    `source` names the best source that could be read (`proc`, `top`, `inspect`): it bounds what can be known.
    """

    services: tuple[Service, ...] = ()
    candidates: tuple[Service, ...] = ()
    supervisor: str = ""
    source: str = "inspect"
