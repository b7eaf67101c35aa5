"""A registry's challenge, and the `Authorization` that answers it (OCI distribution, Docker token authentication)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from requests.utils import parse_dict_header

from engine.registry.credentials import Credentials

# Asks a URL for JSON: (url, query, form, authorization) -> its bytes.
Fetch = Callable[[str, Mapping[str, str], Mapping[str, str] | None, str], bytes]


@dataclass(frozen=True, slots=True)
class Challenge:
    """What `WWW-Authenticate` asks for: `scheme` is basic or bearer, or what else it said, in lower case."""

    scheme: str
    realm: str = ""
    service: str = ""
    scope: str = ""


def challenge(header: str) -> Challenge:
    """Return what a 401 asks for; a header without sense asks for nothing."""
    scheme, _, rest = header.strip().partition(" ")
    fields: dict[str, str] = parse_dict_header(rest)  # type: ignore[no-untyped-call]  # its stubs lack it
    return Challenge(scheme.lower(), fields.get("realm") or "", fields.get("service") or "", fields.get("scope") or "")


def may_carry_secrets(realm: str, registry_url: str) -> bool:
    """Return whether credentials may go to a realm: never in clear text, unless the registry itself is spoken to so."""
    return urlsplit(realm).scheme == "https" or urlsplit(registry_url).scheme == "http"


def bearer(asked: Challenge, scope: str, credentials: Credentials | None, fetch: Fetch) -> str:
    """Return an `Authorization` value from the token server.

    Raises:
        ValueError: it gave no token.
    """
    query = {name: value for name, value in (("service", asked.service), ("scope", asked.scope or scope)) if value}
    if credentials and credentials.identity_token:
        form = {
            **query,
            "grant_type": "refresh_token",
            "client_id": "ergon",
            "refresh_token": credentials.identity_token,
        }
        answer = fetch(asked.realm, {}, form, "")
    else:
        answer = fetch(asked.realm, query, None, credentials.basic if credentials else "")
    said: Any = json.loads(answer)
    token = (said.get("token") or said.get("access_token")) if isinstance(said, dict) else None
    if not token:
        raise ValueError("the token server gave no token")
    return f"Bearer {token}"
