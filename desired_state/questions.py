"""The questions a probe can ask: of a port, of a program inside the container, of its log."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from desired_state import container_parts as parts
from desired_state.model import Declared

Port = Annotated[int, Field(ge=1, le=65535)]

# Where servers of a protocol listen when nobody says otherwise. Each is a probe's kind of its own.
USUAL_PORTS = {
    "redis": 6379,
    "postgres": 5432,
    "mysql": 3306,
    "mongodb": 27017,
    "memcached": 11211,
    "amqp": 5672,
    "kafka": 9092,
    "nats": 4222,
    "mqtt": 1883,
    "zookeeper": 2181,
    "cassandra": 9042,
    "smtp": 25,
    "imap": 143,
    "ftp": 21,
    "ssh": 22,
    "ldap": 389,
    "dns": 53,
}


class HttpProbe(Declared):
    """GET a path; any status from 200 to 399 passes."""

    port: Port
    path: Annotated[str, Field(pattern=r"^/")] = "/"
    scheme: Literal["http", "https"] = "http"
    headers: dict[str, str] = {}


class TcpProbe(Declared):
    """Open a connection."""

    port: Port


class GrpcProbe(Declared):
    """Ask gRPC's standard health service; SERVING passes. `service` "" asks about the server as a whole."""

    port: Port
    service: str = ""


class ExecProbe(Declared):
    """Run a command inside the container; exit code 0 passes."""

    command: Annotated[parts.Command, Field(min_length=1)]
    user: parts.IdText | None = None


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None
    return pattern


class LogProbe(Declared):
    """Look for a line in the log of the present run; once one matches, it passes until the run ends."""

    pattern: Annotated[str, Field(min_length=1), AfterValidator(_compiles)]


class ProtocolProbe(Declared):
    """Greet a server in its own protocol; None: at the port where such servers usually listen."""

    port: Port | None = None


def _at_port(value: Any) -> Any:
    """Return `6379` as `{"port": 6379}`."""
    return {"port": value} if isinstance(value, int) and not isinstance(value, bool) else value


def _command(value: Any) -> Any:
    """Return `pg_isready -q` and `[pg_isready, -q]` as `{"command": [...]}`."""
    return {"command": value} if isinstance(value, str | list) else value


def _pattern(value: Any) -> Any:
    """Return `ready` as `{"pattern": "ready"}`."""
    return {"pattern": value} if isinstance(value, str) else value


Tcp = Annotated[TcpProbe | None, BeforeValidator(_at_port, json_schema_input_type=TcpProbe | int | None)]
Grpc = Annotated[GrpcProbe | None, BeforeValidator(_at_port, json_schema_input_type=GrpcProbe | int | None)]
Exec = Annotated[
    ExecProbe | None, BeforeValidator(_command, json_schema_input_type=ExecProbe | str | list[str | int | float] | None)
]
Log = Annotated[LogProbe | None, BeforeValidator(_pattern, json_schema_input_type=LogProbe | str | None)]
Protocol = Annotated[ProtocolProbe | None, BeforeValidator(_at_port, json_schema_input_type=ProtocolProbe | int | None)]
