"""One registry's HTTP API (OCI distribution), as far as Ergon reads it. Blocking; for one thread at a time."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from desired_state.image_reference import Reference
from engine.errors import PullFailed
from engine.registry.credentials import Credentials
from engine.registry.endpoints import Endpoint
from engine.registry.failures import unreachable
from engine.registry.line import Line

_LISTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_ACCEPT = ", ".join((*_LISTS, *_MANIFESTS))
_MOST_PAGES = 100


class RegistryClient:
    """Questions about the images of one registry. Every method raises PullFailed."""

    def __init__(self, registry: str, endpoints: Sequence[Endpoint], credentials: Credentials | None) -> None:
        self._registry = registry
        self._line = Line(registry, endpoints, credentials)

    def close(self) -> None:
        self._line.close()

    def digest(self, reference: Reference) -> str:
        """Return the digest that a tag has now, as the daemon would record it; counts as no pull."""
        doing, path = f"look up {reference.familiar}", _manifest_path(reference)
        head = self._line.ask(doing, path, reference.repository, accept=_ACCEPT, method="HEAD")
        if digest := head.headers.get("Docker-Content-Digest"):
            return digest
        whole = self._line.ask(doing, path, reference.repository, accept=_ACCEPT)
        return f"sha256:{hashlib.sha256(whole.body).hexdigest()}"

    def tags(self, reference: Reference) -> list[str]:
        """Return all tags of a reference's repository."""
        doing = f"list the tags of {reference.name}"
        path: str | None = f"/v2/{reference.repository}/tags/list?n=1000"
        found: list[str] = []
        for _ in range(_MOST_PAGES):
            answer = self._line.ask(doing, path or "", reference.repository)
            found += [str(tag) for tag in self._parsed(doing, answer.body).get("tags") or ()]
            path = answer.next_page
            if path is None:
                return found
        raise unreachable(doing, self._registry, f"lists more than {_MOST_PAGES} pages of tags")

    def created(self, reference: Reference) -> datetime | None:
        """Return when an image says it was made, None when it says nothing that can be true.

        Reproducible builds claim to be from 1970 or so.
        """
        doing = f"look up {reference.familiar}"
        manifest = self._manifest(doing, reference, reference.digest or reference.tag)
        if "manifests" in manifest:
            chosen = next((one for one in manifest["manifests"] if _is_image(one)), None)
            if chosen is None:
                return None
            manifest = self._manifest(doing, reference, str(chosen["digest"]))
        config = (manifest.get("config") or {}).get("digest")
        if not config:
            return None
        path = f"/v2/{reference.repository}/blobs/{config}"
        return _moment(self._parsed(doing, self._line.ask(doing, path, reference.repository).body).get("created"))

    def _manifest(self, doing: str, reference: Reference, version: str) -> Mapping[str, Any]:
        path = f"/v2/{reference.repository}/manifests/{version}"
        return self._parsed(doing, self._line.ask(doing, path, reference.repository, accept=_ACCEPT).body)

    def _parsed(self, doing: str, body: bytes) -> Mapping[str, Any]:
        try:
            said = json.loads(body)
        except ValueError:
            raise self._nonsense(doing) from None
        if not isinstance(said, dict):
            raise self._nonsense(doing)
        return said

    def _nonsense(self, doing: str) -> PullFailed:
        return unreachable(doing, self._registry, "answers, but not like a registry")


def _manifest_path(reference: Reference) -> str:
    return f"/v2/{reference.repository}/manifests/{reference.digest or reference.tag}"


def _is_image(entry: Mapping[str, Any]) -> bool:
    """Return whether an entry of a list is an image that runs, not an attestation."""
    return (entry.get("platform") or {}).get("os") not in (None, "", "unknown")


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo and moment.year >= 2000 else None
