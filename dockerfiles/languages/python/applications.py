"""The web applications in a project's sources: the objects and factories that a server can be given."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from dockerfiles.languages.python.sources import Module, Sources, keyword, text_of

# What makes an application, as it is imported, with the framework and the interface it speaks.
MAKERS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("flask.Flask", "flask.app.Flask", "apiflask.APIFlask", "flask_api.FlaskAPI"), ("flask", "wsgi")),
    **dict.fromkeys(("flask_openapi3.OpenAPI", "flask_appbuilder.Flask"), ("flask", "wsgi")),
    **dict.fromkeys(
        ("fastapi.FastAPI", "fastapi.applications.FastAPI", "fastapi_offline.FastAPIOffline"), ("fastapi", "asgi")
    ),
    **dict.fromkeys(("starlette.applications.Starlette", "starlette.Starlette"), ("starlette", "asgi")),
    **dict.fromkeys(("litestar.Litestar", "litestar.app.Litestar", "starlite.Starlite"), ("litestar", "asgi")),
    **dict.fromkeys(("quart.Quart", "quart_trio.QuartTrio"), ("quart", "asgi")),
    **dict.fromkeys(("fasthtml.common.FastHTML", "fasthtml.FastHTML", "fasthtml.core.FastHTML"), ("fasthtml", "asgi")),
    **dict.fromkeys(
        ("fasthtml.common.fast_app", "fasthtml.fastapp.fast_app", "fasthtml.fast_app"), ("fasthtml", "asgi")
    ),
    **dict.fromkeys(("sanic.Sanic", "sanic.app.Sanic"), ("sanic", "sanic")),
    **dict.fromkeys(("bottle.Bottle", "bottle.default_app", "bottle.app"), ("bottle", "wsgi")),
    **dict.fromkeys(("falcon.App", "falcon.API"), ("falcon", "wsgi")),
    **dict.fromkeys(("falcon.asgi.App",), ("falcon", "asgi")),
    **dict.fromkeys(("aiohttp.web.Application",), ("aiohttp", "script")),
    **dict.fromkeys(("tornado.web.Application",), ("tornado", "script")),
    **dict.fromkeys(("dash.Dash", "dash_extensions.enrich.DashProxy"), ("dash", "dash")),
    **dict.fromkeys(("connexion.FlaskApp", "connexion.App", "connexion.AsyncApp"), ("connexion", "connexion")),
    **dict.fromkeys(("blacksheep.Application", "blacksheep.server.Application"), ("blacksheep", "asgi")),
    **dict.fromkeys(("robyn.Robyn",), ("robyn", "script")),
    **dict.fromkeys(("web.application",), ("web.py", "script")),
    **dict.fromkeys(("ariadne.asgi.GraphQL", "strawberry.asgi.GraphQL"), ("graphql", "asgi")),
    **dict.fromkeys(("socketio.ASGIApp",), ("socketio", "asgi")),
    **dict.fromkeys(("socketio.WSGIApp",), ("socketio", "wsgi")),
    **dict.fromkeys(("mcp.server.fastmcp.FastMCP", "fastmcp.FastMCP", "fastmcp.server.FastMCP"), ("mcp", "script")),
}
# Only a file that imports one of the frameworks makes an application; few do, and the rest need not be parsed.
_FRAMEWORKS = sorted({name.partition(".")[0] for name in MAKERS} | {"pyramid"})
_KNOWN = re.compile(rf"^\s*(?:from|import)\s[^\n#]*\b(?:{'|'.join(_FRAMEWORKS)})\b", re.MULTILINE)
_GIVEN_ON = re.compile(
    r"create_app|make_app|get_app|build_app|app_factory|create_application|get_asgi_application|init_app"
)
_SIGNATURES = {("environ", "start_response"): "wsgi", ("scope", "receive", "send"): "asgi"}
_SIGNED = re.compile(r"\bstart_response\b|\bdef \w+\(\s*scope\b")
_BY_NAME = ("app", "application", "api", "server", "asgi", "wsgi", "asgi_app", "wsgi_app", "web_app")
_BY_STEM = ("main", "app", "application", "server", "run", "api", "web", "index", "start", "wsgi", "asgi", "__init__")


@dataclass(frozen=True, slots=True)
class App:
    """An application: the module and the name of the object that is it, or of the factory that returns it."""

    module: Module
    name: str
    framework: str
    interface: str
    line: int
    factory: bool = False
    # Where the object that is served was made, when that is another module.
    made_in: Module | None = None

    @property
    def reference(self) -> str:
        return f"{self.module.dotted}:{self.name}{'()' if self.factory else ''}"


class Finder:
    """Finds the applications of one project."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources

    @cached_property
    def every(self) -> tuple[App, ...]:
        """All of them, the likeliest to be the one that is run first."""
        made = [app for module in self.sources.mentioning(_KNOWN) for app in self._made(module)]
        signed = [app for module in self.sources.mentioning(_SIGNED) for app in self._signed(module)]
        found = [*made, *signed]
        found += list(self._given_on(found))
        unique = {(app.module.path, app.name): app for app in reversed(found)}
        return tuple(sorted(unique.values(), key=lambda app: (-self.rank(app), app.module.path, app.line)))

    def rank(self, app: App) -> int:
        """Return how likely this is what is run; no more than a number to compare."""
        depth = app.module.path.count("/")
        score = -6 * depth
        score += {"wsgi": 14, "asgi": 14}.get(app.module.stem, 10 if app.module.stem in _BY_STEM else 0)
        score += 4 if app.name in _BY_NAME[:2] else 2 if app.name in _BY_NAME else 0
        score += 6 if app.module.main_guard is not None else 0
        score -= 5 if app.factory else 0
        score -= 30 if self._is_part(app) else 0
        # It makes the application for its tasks, beside the one that is served.
        score -= 14 if re.search(r"celery|worker|task|cli\b", app.module.stem) else 0
        # A page that is served beside an interface is rarely the other way round.
        return score - (4 if app.interface == "script" else 0)

    def _made(self, module: Module) -> Iterator[App]:
        for name, value in module.assignments:
            if (kind := self._kind(module, value)) is not None:
                yield App(module, name, *kind, getattr(value, "lineno", 0))
        for function in module.functions:
            if (kind := self._returned(module, function)) is not None and _needs_nothing(function):
                yield App(module, function.name, *kind, function.lineno, factory=True)

    def _kind(self, module: Module, value: ast.expr) -> tuple[str, str] | None:
        """Return the framework and interface of what a value is, seen through what is wrapped around it."""
        if isinstance(value, ast.Await):
            value = value.value
        if not isinstance(value, ast.Call):
            return None
        made = MAKERS.get(module.qualified(value.func))
        if made is not None:
            return made
        if isinstance(value.func, ast.Attribute) and value.func.attr == "make_wsgi_app":
            return ("pyramid", "wsgi")
        return self._subclass(module, value.func)

    def _subclass(self, module: Module, made: ast.expr) -> tuple[str, str] | None:
        """Return what a class of the project's own is: `class Shop(Flask)`."""
        if not isinstance(made, ast.Name):
            return None
        for one in module.classes:
            if one.name == made.id:
                kinds = [MAKERS.get(module.qualified(base)) for base in one.bases]
                return next((kind for kind in kinds if kind), None)
        return None

    def _returned(self, module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[str, str] | None:
        """Return what a factory makes and returns; None when it returns something else."""
        made: dict[str, tuple[str, str]] = {}
        for node in ast.walk(function):
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            value = getattr(node, "value", None)
            if isinstance(target, ast.Name) and isinstance(value, ast.expr) and (kind := self._kind(module, value)):
                made[target.id] = kind
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and node.value is not None:
                if isinstance(node.value, ast.Name) and node.value.id in made:
                    return made[node.value.id]
                if (kind := self._kind(module, node.value)) is not None:
                    return kind
        return None

    def _signed(self, module: Module) -> Iterator[App]:
        for function in module.functions:
            names = tuple(each.arg for each in function.args.args)
            interface = _SIGNATURES.get(names)
            if interface and (interface == "wsgi" or isinstance(function, ast.AsyncFunctionDef)):
                yield App(module, function.name, interface, interface, function.lineno)

    def _given_on(self, found: list[App]) -> Iterator[App]:
        """Yield the names under which modules hold an application that another one makes, or a factory returns."""
        by_place = {f"{app.module.dotted}.{app.name}": app for app in found}
        for app in found:
            base = self.sources.base_of(app.module)
            if base:
                by_place[f"{app.module.dotted.removeprefix(base.replace('/', '.') + '.')}.{app.name}"] = app
        known = re.compile("|".join({re.escape(app.name) for app in found} or {"$^"}) + f"|{_GIVEN_ON.pattern}")
        for module in self.sources.mentioning(known):
            for name, value in module.assignments:
                called = isinstance(value, ast.Call)
                inner = value.func if isinstance(value, ast.Call) else value
                origin = by_place.get(self._placed(module, inner))
                if origin is not None and origin.factory == called:
                    yield replace(
                        origin, module=module, name=name, line=value.lineno, factory=False, made_in=origin.module
                    )
            if module.stem in {"wsgi", "asgi", "run", "main", "app", "server", "application", "index"}:
                yield from self._imported(module, by_place)

    def _imported(self, module: Module, by_place: dict[str, App]) -> Iterator[App]:
        for node in module.tree.body:
            if not isinstance(node, ast.ImportFrom):
                continue
            for alias in node.names:
                name = alias.asname or alias.name
                origin = by_place.get(module.imports.get(name, ""))
                if origin is not None and not origin.factory and origin.module is not module:
                    yield replace(origin, module=module, name=name, line=node.lineno, made_in=origin.module)

    def _placed(self, module: Module, node: ast.expr) -> str:
        qualified = module.qualified(node)
        return qualified if "." in qualified else f"{module.dotted}.{qualified}"

    def _is_part(self, app: App) -> bool:
        """Return whether another application of the project takes this one in: `main.mount("/v1", app)`."""
        return app.module.dotted + "." + app.name in self._mounted

    @cached_property
    def _mounted(self) -> frozenset[str]:
        found = set()
        for module in self.sources.mentioning(re.compile(r"\.mount\(|DispatcherMiddleware\(|\bMount\(")):
            for call in module.calls:
                last = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
                if last in {"mount", "Mount", "DispatcherMiddleware"}:
                    given = [*call.args, *(each.value for each in call.keywords)]
                    found |= {
                        self._placed(module, each) for each in given if isinstance(each, (ast.Name, ast.Attribute))
                    }
        return frozenset(found)


def runs(module: Module, *names: str) -> ast.Call | None:
    """Return the call in a module that starts a server (`app.run`, `uvicorn.run`, `web.run_app`), if there is one."""
    for call in module.calls:
        qualified = module.qualified(call.func)
        last = call.func.attr if isinstance(call.func, ast.Attribute) else qualified
        if qualified in names or last in names:
            return call
    return None


def served_by_uvicorn(module: Module) -> str:
    """Return the reference that a module gives to `uvicorn.run` as a text, "" for none."""
    call = runs(module, "uvicorn.run")
    given = call.args[0] if call and call.args else keyword(call, "app") if call else None
    reference = text_of(given, module) or ""
    return reference if re.fullmatch(r"[\w.]+:[\w.]+", reference) else ""


def _needs_nothing(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether it can be called with no arguments."""
    given = function.args
    required = len(given.posonlyargs) + len(given.args) - len(given.defaults)
    return required <= 0 and all(default is not None for default in given.kw_defaults)
