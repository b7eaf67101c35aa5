"""How one sees from outside that an application works: a path among its routes that answers for its health."""

import re
from collections.abc import Iterable

from dockerfiles.analysis import Evidence, Healthcheck
from dockerfiles.sources import Hit, search
from dockerfiles.tree import Text

# In the order in which they are preferred.
_PATHS = (
    *("/healthz", "/health", "/health/live", "/livez", "/live", "/api/health", "/api/healthz", "/healthcheck"),
    *("/health-check", "/health_check", "/api/v1/health", "/v1/health", "/_health", "/__health", "/-/health", "/up"),
    *("/health/ready", "/readyz", "/ready", "/ping", "/api/ping"),
)
_LITERAL = re.compile(
    rf"[\"'`](?:GET\s+)?((?:{'|'.join(re.escape(path) for path in sorted(_PATHS, key=len, reverse=True))}))/?[\"'`]"
)


def health_of(texts: Iterable[Text], port: int | None) -> tuple[Healthcheck, tuple[Evidence, ...]]:
    """Return how to ask for the health of what listens on a port, and the route that says so."""
    if port is None:
        return Healthcheck(), ()
    hits: dict[str, Hit] = {}
    for hit in search(texts, _LITERAL):
        hits.setdefault(hit.groups[0], hit)
    for path in _PATHS:
        if path in hits:
            return Healthcheck("http", path), (hits[path].speaks_for("healthcheck", "health-route"),)
    return Healthcheck("tcp"), ()
