"""The path at which an application says that it is well, found among its routes."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dockerfiles.analysis import Evidence
from dockerfiles.languages.python.sources import Module, keyword, text_of
from dockerfiles.languages.python.survey import Survey

# By how plainly it is meant for this; without slashes at the ends.
PATHS = (
    *("healthz", "health", "livez", "live", "health/live", "health/liveness", "healthcheck", "health-check"),
    *("health_check", "_health", "__health__", "__heartbeat__", "heartbeat", "up", "api/health", "api/healthz"),
    *("api/v1/health", "api/v1/healthz", "v1/health", "api/v1/utils/health-check", "readyz", "ready", "health/ready"),
    *("api/healthcheck", "status/health", "ping", "api/ping", "ht", "status", "api/status"),
)
_MENTIONS = re.compile(r"health|heartbeat|livez|readyz|[\"'/^](?:up|live|ready|ping|status|ht)[/\"'$]")
_DECORATORS = frozenset(
    {"get", "route", "api_route", "head", "custom_route", "add_url_rule", "add_api_route", "add_get"}
)
_CALLS = frozenset({"path", "re_path", "url", "Route", "add_route", "add_url_rule", "add_api_route", "add_get", "get"})
_PARAMETER = re.compile(r"[<{(:*\[]")


@dataclass(frozen=True, slots=True)
class _Route:
    path: str
    evidence: Evidence
    rank: int


def health(survey: Survey) -> tuple[str, Evidence] | None:
    """Return the path of the likeliest health route and the line that says so, None when there is none.

    A route below a prefix that can't be told is left out: the port that answers says enough then.
    """
    found = [route for module in survey.sources.mentioning(_MENTIONS) for route in _routes(module, survey)]
    best = min(found, key=lambda route: (route.rank, route.path, route.evidence.file), default=None)
    return (best.path, best.evidence) if best else None


def _routes(module: Module, survey: Survey) -> Iterator[_Route]:
    for function in (node for node in module.nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))):
        for call in function.decorator_list:
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in _DECORATORS:
                yield from _made(call, call.func.value, module, survey)
    for call in module.calls:
        last = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if last in _CALLS and len(call.args) > 1:
            yield from _made(call, getattr(call.func, "value", None), module, survey)


def _made(call: ast.Call, owner: ast.expr | None, module: Module, survey: Survey) -> Iterator[_Route]:
    methods = keyword(call, "methods")
    if methods is not None and "GET" not in ast.unparse(methods):
        return
    given = call.args[0] if call.args else keyword(call, "path") or keyword(call, "rule")
    text = text_of(given, module)
    if text is None:
        return
    path = text.removeprefix("^").removesuffix("$").removesuffix("/?")
    prefix = _prefix(owner, module, survey) if isinstance(owner, ast.Name) else _included(module, survey)
    if prefix is None or _PARAMETER.search(path):
        return
    whole = "/" + "/".join(part for part in (prefix.strip("/"), path.strip("/")) if part)
    bare = whole.strip("/")
    if bare in PATHS or (bare.rpartition("/")[2] in PATHS[:14] and bare.count("/") <= 2):
        rank = PATHS.index(bare) if bare in PATHS else len(PATHS)
        whole += "/" if path.endswith("/") and whole != "/" else ""
        line = call.lineno
        yield _Route(whole, Evidence("healthcheck", module.text.path, line, module.line(line), "route"), rank)


def _prefix(owner: ast.Name, module: Module, survey: Survey) -> str | None:
    """Return what stands before a router's routes; "" for an application's, None when it can't be told."""
    made = next((value for name, value in module.assignments if name == owner.id), None)
    own = ""
    if isinstance(made, ast.Call):
        given = keyword(made, "prefix") or keyword(made, "url_prefix")
        if given is not None:
            text = text_of(given, module)
            if text is None:
                return None
            own = text
        kind = module.qualified(made.func).rpartition(".")[2]
        if kind in {"APIRouter", "Blueprint", "APIBlueprint", "Router"}:
            outer = _taken_in(owner.id, module, survey)
            return None if outer is None else f"{outer}/{own}" if kind != "Blueprint" or not outer else outer
    return own


def _taken_in(name: str, module: Module, survey: Survey) -> str | None:
    """Return the prefix with which a router is taken into an application; None when none takes it plainly."""
    takers = re.compile(r"include_router\(|register_blueprint\(|\.mount\(")
    places = {f"{module.dotted}.{name}", name}
    for other in survey.sources.mentioning(takers):
        for call in other.calls:
            last = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if last not in {"include_router", "register_blueprint"} or not call.args:
                continue
            seen = other.qualified(call.args[0])
            if seen not in places and not any(seen.endswith(f".{each}") for each in (f"{module.stem}.{name}",)):
                continue
            if seen == name and other is not module:
                continue
            given = keyword(call, "prefix") or keyword(call, "url_prefix")
            before = "" if given is None else text_of(given, other)
            owner = call.func.value if isinstance(call.func, ast.Attribute) else None
            # A router inside a router: one step is followed.
            outer = ""
            if isinstance(owner, ast.Name) and "outer" not in owner.id:
                made = next((value for key, value in other.assignments if key == owner.id), None)
                is_router = isinstance(made, ast.Call) and other.qualified(made.func).endswith("APIRouter")
                if is_router and other is not module:
                    taken = _taken_in(owner.id, other, survey)
                    own = text_of(keyword(made, "prefix"), other) if isinstance(made, ast.Call) else ""
                    if taken is None:
                        return None
                    outer = f"{taken}/{own or ''}"
            return None if before is None else f"{outer}/{before}"
    return None


def _included(module: Module, survey: Survey) -> str | None:
    """Return what stands before the routes of Django's or Starlette's lists: "" for those at the root."""
    if "urlpatterns" not in module.text.content:
        return ""
    pattern = re.compile(r"include\(")
    for other in survey.sources.mentioning(pattern):
        for call in other.calls:
            last = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if last in {"path", "re_path", "url"} and len(call.args) > 1:
                text = ast.unparse(call.args[1])
                if f"'{module.dotted}'" in text or f"{module.dotted.split('.', 1)[-1]}'" in text:
                    before = text_of(call.args[0], other)
                    return None if before is None or _PARAMETER.search(before) else before.removeprefix("^")
    return "" if module.stem == "urls" else None
