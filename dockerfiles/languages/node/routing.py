"""A route that answers for an application's health, found where its framework keeps routes."""

import re
from collections.abc import Iterable

from dockerfiles.analysis import Evidence, Healthcheck
from dockerfiles.languages.node.code import Code
from dockerfiles.languages.node.javascript import Token, is_mark, is_name, text_of

# In the order in which they are preferred.
PATHS = (
    *("/healthz", "/health", "/livez", "/live", "/health/live", "/api/health", "/api/healthz", "/healthcheck"),
    *("/health-check", "/api/healthcheck", "/api/v1/health", "/v1/health", "/_health", "/readyz", "/ready", "/up"),
    *("/ping", "/api/ping", "/status", "/api/status"),
)
_METHODS = ("get", "all", "use", "route", "head")
_APPLICATIONS = {"app", "server", "fastify", "instance", "application", "web", "api", "hono", "koa", "express"}
_LAST = sorted({re.escape(path.rpartition("/")[2]) for path in PATHS}, key=len, reverse=True)
_SPEAKS_OF_IT = re.compile(rf"['\"`/](?:{'|'.join(_LAST)})/?['\"`]")
_FILES = re.compile(
    r"(?:^|/)(?:(?:src/)?app/(?P<app>(?:[\w()-]+/)*[\w-]+)/route\.[jt]s|(?:src/)?pages/(?P<pages>api/(?:[\w-]+/)*[\w-]+)\.[jt]s|"
    r"src/routes/(?P<kit>(?:[\w()-]+/)*[\w-]+)/\+server\.[jt]s|server/(?P<nitro>(?:api|routes)/(?:[\w-]+/)*[\w-]+?)(?:\.get)?\.[jt]s)$"
)


def health(code: Code, files: Iterable[str], port: int | None) -> tuple[Healthcheck, tuple[Evidence, ...]]:
    """Return how to ask what listens on a port for its health: a route of its own, else whether it answers at all."""
    if port is None:
        return Healthcheck(), ()
    found: dict[str, Evidence] = {}
    for path in files:
        if route := _of_file(path):
            found.setdefault(route, Evidence("healthcheck", code.tree.whole(path), 0, route, "file of a route"))
        if _SPEAKS_OF_IT.search(code.content(path)):
            for route, line in _routes(code.tokens(path)):
                text = code.content(path).split("\n")[line - 1].strip()[:200]
                found.setdefault(route, Evidence("healthcheck", code.tree.whole(path), line, text, "route"))
    for route in PATHS:
        if route in found:
            return Healthcheck("http", route), (found[route],)
    return Healthcheck("tcp"), ()


def _of_file(path: str) -> str:
    found = _FILES.search(path)
    if not found:
        return ""
    route = next(text for text in found.groupdict().values() if text)
    parts = [part for part in route.removeprefix("routes/").split("/") if not part.startswith("(")]
    return f"/{'/'.join(parts)}"


def _routes(found: list[Token]) -> Iterable[tuple[str, int]]:
    prefix = _prefix(found)
    for at in range(1, len(found) - 2):
        if not is_mark(found, at + 1, "("):
            continue
        text = text_of(found[at + 2])
        if text is None:
            continue
        path = f"/{text.strip('/')}"
        if is_name(found, at, *_METHODS) and is_mark(found, at - 1, ".") and found[at - 2].text in _APPLICATIONS:
            yield path, found[at].line
        elif is_name(found, at, "Controller") and is_mark(found, at - 1, "@"):
            yield f"{prefix}{path}", found[at].line
    for at in range(len(found) - 2):
        if is_name(found, at, "url") and is_mark(found, at + 1, ":") and (text := text_of(found[at + 2])):
            yield text, found[at].line


def _prefix(found: list[Token]) -> str:
    for at in range(len(found) - 2):
        if is_name(found, at, "setGlobalPrefix") and (text := text_of(found[at + 2])):
            return f"/{text.strip('/')}"
    return ""
