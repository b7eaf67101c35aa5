"""The few questions these tools ask a Docker engine, over its socket, with the standard library alone."""

import hashlib
import http.client
import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DEFAULT_HOST = "unix:///var/run/docker.sock"


def current_host(environ: Mapping[str, str] = os.environ) -> str:
    """Return the engine that the docker command would use: DOCKER_HOST, the current context's, or the default."""
    if environ.get("DOCKER_CONTEXT") is None and (host := environ.get("DOCKER_HOST")):
        return host
    folder = Path(environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    context = environ.get("DOCKER_CONTEXT") or _read_json(folder / "config.json").get("currentContext", "default")
    # Where the docker command keeps a context: contexts/meta/SHA256(name)/meta.json.
    digest = hashlib.sha256(context.encode()).hexdigest()
    meta = _read_json(folder / "contexts" / "meta" / digest / "meta.json")
    return str(meta.get("Endpoints", {}).get("docker", {}).get("Host") or environ.get("DOCKER_HOST") or DEFAULT_HOST)


def version_of(host: str) -> str | None:
    """Return the version of the engine at `host`, or None when nothing answers there within 3 s."""
    try:
        return str(ask(host, "GET", "/version")["Version"])
    except (OSError, http.client.HTTPException, ValueError, LookupError):
        return None


def kill_all(host: str) -> None:
    """Kill every running container, so that the daemon need not wait for them."""
    try:
        for container in ask(host, "GET", "/containers/json"):
            ask(host, "POST", f"/containers/{container['Id']}/kill")
    except (OSError, http.client.HTTPException, ValueError):
        return


def ask(host: str, method: str, path: str) -> Any:
    """Return the engine's answer, None when it is empty.

    Raises:
        OSError: no connection, or no answer in time.
        ValueError: the answer is no JSON, or `host` is neither a Unix socket nor plain TCP.
    """
    connection = _connect(host)
    try:
        connection.request(method, path, headers={"Host": "docker"})
        body = connection.getresponse().read()
    finally:
        connection.close()
    return json.loads(body) if body else None


def _connect(host: str) -> http.client.HTTPConnection:
    address = urlsplit(host)
    if address.scheme == "unix":
        return _OverUnixSocket(address.path)
    if address.scheme in {"tcp", "http"} and address.hostname:
        return http.client.HTTPConnection(address.hostname, address.port or 2375, timeout=3)
    raise ValueError(f"{host}: only unix:// and plain tcp:// engines can be used here")


class _OverUnixSocket(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=3)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
