"""Who we are to a registry: what `docker login` and credential helpers keep, read anew each time."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from docker import auth
from docker.errors import DockerException

from desired_state.image_reference import DOCKER_HUB
from engine.errors import PullFailed


@dataclass(frozen=True, slots=True)
class Credentials:
    """A name with its password, or an identity token that a registry gave out instead."""

    username: str = ""
    password: str = ""
    identity_token: str = ""

    def __repr__(self) -> str:
        return f"Credentials({self.username!r})"

    @property
    def basic(self) -> str:
        """The value of an `Authorization` header."""
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


def credentials_for(registry: str) -> Credentials | None:
    """Return what the Docker configuration of this user (`DOCKER_CONFIG`) holds for a registry, None for nothing.

    Raises:
        PullFailed: a credential helper failed, or the configuration can't be read.
    """
    found = _entry(registry)
    lower = {name.lower(): value for name, value in (found or {}).items()}
    if token := lower.get("identitytoken"):
        return Credentials(identity_token=str(token))
    if lower.get("username"):
        return Credentials(str(lower["username"]), str(lower.get("password") or ""))
    return None


def daemon_header(registry: str) -> str:
    """Return the value of `X-Registry-Auth` for calls by which the daemon speaks to a registry, "" for none.

    Raises:
        PullFailed: as `credentials_for`.
    """
    found = _entry(registry)
    return base64.urlsafe_b64encode(json.dumps(found).encode()).decode() if found else ""


def _entry(registry: str) -> dict[str, Any] | None:
    try:
        # A controller lives long and `docker login` comes later: what the client read at its start is out of date.
        entry: dict[str, Any] | None = auth.load_config().resolve_authconfig(
            auth.INDEX_NAME if registry == DOCKER_HUB else registry
        )
    except (DockerException, ValueError, OSError) as error:
        message = f"cannot get the credentials for {registry}: {error}; try `docker login {registry}`"
        raise PullFailed(message, "AuthFailed") from error
    return entry
