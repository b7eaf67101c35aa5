"""Which Docker daemon is meant: the rules of the docker command, in its order."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from docker.context import ContextAPI
from docker.context.config import get_current_context_name
from docker.errors import DockerException
from docker.tls import TLSConfig
from docker.utils import kwargs_from_env

from engine.errors import EngineUnreachable

DEFAULT_URL = "unix:///var/run/docker.sock"


@dataclass(frozen=True, slots=True)
class Host:
    """A daemon's address, and who named it: "DOCKER_HOST", 'context "remote"' or "default"."""

    url: str
    source: str
    tls: TLSConfig | None = None


def resolve_host(environment: Mapping[str, str] = os.environ) -> Host:
    """Return the daemon that `DOCKER_HOST`, `DOCKER_CONTEXT` or the Docker configuration names, else the local one.

    Raises:
        EngineUnreachable: the context does not exist, or its or `DOCKER_CERT_PATH`'s certificates can't be read.
    """
    if url := environment.get("DOCKER_HOST"):
        return Host(url, "DOCKER_HOST", _tls_from(environment))
    name = environment.get("DOCKER_CONTEXT") or get_current_context_name() or "default"
    return Host(DEFAULT_URL, "default") if name == "default" else _context(name)


def _tls_from(environment: Mapping[str, str]) -> TLSConfig | None:
    try:
        return kwargs_from_env(dict(environment)).get("tls")
    except DockerException as error:
        raise EngineUnreachable(f"cannot use TLS as DOCKER_TLS_VERIFY and DOCKER_CERT_PATH say: {error}") from error


def _context(name: str) -> Host:
    try:
        context = ContextAPI.get_context(name)
    except Exception as error:  # the SDK raises a bare one for a damaged context
        raise EngineUnreachable(f'cannot read the Docker context "{name}": {error}') from error
    if context is None or not context.Host:
        raise EngineUnreachable(f'there is no Docker context "{name}"; `docker context ls` shows those there are')
    return Host(context.Host, f'context "{name}"', context.TLSConfig)
