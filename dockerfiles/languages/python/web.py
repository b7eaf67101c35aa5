"""How a web application that was found in the sources is served: by which server, on which port, with which options."""

import ast
import re
from collections.abc import Iterator

from dockerfiles.analysis import Caution, Choice, Command, Evidence
from dockerfiles.commands import shown
from dockerfiles.failures import Ambiguous
from dockerfiles.languages.python import ports, servers
from dockerfiles.languages.python.applications import App, served_by_uvicorn
from dockerfiles.languages.python.ports import Listening
from dockerfiles.languages.python.sources import Module, dotted
from dockerfiles.languages.python.survey import Start, Survey

_PORTS = {"fasthtml": 5001, "dash": 8050, "aiohttp": 8080, "tornado": 8888, "robyn": 8080, "web.py": 8080}
_DEFAULT_PORT = 8000
# So near to each other that no evidence decides.
_TIE = 3
_RUN_BY_HAND = re.compile(
    r"(?:uvicorn|gunicorn|hypercorn|daphne|waitress-serve|granian|FLASK_APP=|flask --app)[^\n`]*?"
    r"(?P<reference>\b[A-Za-z_][\w.]*:[A-Za-z_]\w*)"
)
_TELLING = (
    "README.md",
    "README.rst",
    "README",
    "README.txt",
    "Makefile",
    "justfile",
    "Dockerfile",
    "docker-compose.yml",
)
_ALSO_TELLING = (
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "start.sh",
    "run.sh",
    "entrypoint.sh",
    ".flaskenv",
)
_RUNNERS = ("run.py", "main.py", "manage.py", "wsgi.py", "server.py", "start.py", "serve.py", "__main__.py", "asgi.py")
_BINDS_ALL = {"robyn": ("ROBYN_HOST", "0.0.0.0"), "mcp": ("FASTMCP_HOST", "0.0.0.0"), "dash": ("HOST", "0.0.0.0")}  # noqa: S104


def start(survey: Survey) -> Start | None:
    """Return how the web application of a project is served; None when it has none that a server can be given.

    Raises:
        Ambiguous: several are as likely, and the user said nothing.
    """
    apps = [app for app in survey.finder.every if app.interface != "script"]
    if not apps:
        return None
    told = _told(survey)
    apps.sort(key=lambda app: -_weight(app, survey, told))
    best = apps[0]
    rivals = [app for app in apps[1:] if _rivals(best, app, _weight(best, survey, told) - _weight(app, survey, told))]
    if rivals and not survey.wishes.command:
        raise _undecided([best, *rivals], survey)
    return _served(best, survey)


def scripted(survey: Survey) -> Start | None:
    """Return how an application is started that runs a server of its own: aiohttp, Tornado, an MCP server."""
    apps = [app for app in survey.finder.every if app.interface == "script"]
    if not apps:
        return None
    best = apps[0]
    runner = _runner(best, survey)
    if runner is None:
        if best.framework != "aiohttp":
            return None
        return _aiohttp_by_gunicorn(best, survey)
    if best.framework == "mcp":
        return _tool_server(best, runner)
    return _own_server(best, runner, survey)


def _weight(app: App, survey: Survey, told: frozenset[str]) -> int:
    base = survey.sources.base_of(app.module)
    names = {f"{app.module.dotted}:{app.name}", f"{_seen(app.module, base)}:{app.name}"}
    return survey.finder.rank(app) + (25 if names & told else 0)


def _told(survey: Survey) -> frozenset[str]:
    """Return the references that the project itself gives to a server: in its code, its notes, its scripts."""
    found = {served_by_uvicorn(module) for module in survey.sources.mentioning(re.compile(r"uvicorn\.run\("))}
    for path in (*_TELLING, *_ALSO_TELLING):
        if text := survey.tree.text(path):
            found |= {match["reference"] for match in _RUN_BY_HAND.finditer(text.content)}
    return frozenset(found - {""})


def _rivals(best: App, other: App, behind: int) -> bool:
    same = {(best.made_in or best.module).path, best.module.path} & {
        (other.made_in or other.module).path,
        other.module.path,
    }
    return behind <= _TIE and not same and best.factory == other.factory and not other.factory


def _undecided(apps: list[App], survey: Survey) -> Ambiguous:
    choices = []
    for app in apps:
        started = _served(app, survey)
        line = shown(started.command)
        evidence = f"{app.module.text.path}:{app.line}"
        choices.append(Choice("run_command", line, f"--command '{line}'", evidence))
    return Ambiguous("run_command", survey.tree.prefix or survey.tree.name, tuple(choices))


def _served(app: App, survey: Survey) -> Start:
    base = survey.sources.base_of(app.module)
    reference = f"{_seen(app.module, base)}:{app.name}{'()' if app.factory else ''}"
    port, proof = _port(app, survey)
    command, needed = _command(app, reference, port, base, survey)
    evidence = [Evidence("run_command", app.module.text.path, app.line, app.module.line(app.line), app.framework)]
    if app.made_in is not None and app.made_in is not app.module:
        text = app.made_in.text
        line = next((number for number, one in text.lines() if app.framework.lower() in one.lower()), 0)
        evidence.append(Evidence("framework", text.path, line, app.made_in.line(line), app.framework))
    framework = "" if app.framework in {"wsgi", "asgi"} else app.framework
    return Start(
        command,
        "web",
        0.85 if app.factory else 0.95,
        tuple(evidence),
        framework,
        port,
        proof,
        honours_port=command.argv[0] != "python",
        installs=servers.added(survey.manifest, *needed),
        bind_env=(_BINDS_ALL["dash"],) if command.argv[0] == "python" and app.framework == "dash" else (),
        module=app.module,
    )


def _command(app: App, reference: str, port: int, base: str, survey: Survey) -> tuple[Command, tuple[str, ...]]:
    """Return the command for an application and the servers it needs."""
    manifest = survey.manifest
    if app.interface == "sanic":
        return servers.sanic(reference, port), ()
    if app.interface == "dash":
        return _dash(app, reference, port, base)
    if app.interface == "asgi" or (
        app.interface == "connexion" and not manifest.version_of("connexion").startswith("2")
    ):
        if app.framework == "quart" and not manifest.has("uvicorn") and not base:
            return servers.hypercorn(reference, port), ()
        return servers.uvicorn(reference, port, base=base), ("uvicorn",)
    worker, options = _gunicorn_for(survey)
    if not manifest.has("gunicorn") and manifest.has("waitress") and not worker and not base:
        call = ("--call", reference.removesuffix("()")) if app.factory else (reference,)
        return Command(("waitress-serve", f"--listen=0.0.0.0:{port}", *call)), ()
    return servers.gunicorn(reference, port, base=base, worker=worker, options=options), ("gunicorn",)


def _gunicorn_for(survey: Survey) -> tuple[str, tuple[str, ...]]:
    """Return the worker that an application with sockets of its own needs: all its clients meet in one."""
    manifest = survey.manifest
    if not manifest.has("flask-socketio"):
        return "", ()
    for worker, package in (("eventlet", "eventlet"), ("gevent", "gevent")):
        if manifest.has(package):
            return worker, ("--workers", "1")
    return "", ("--workers", "1", "--threads", "100")


def _dash(app: App, reference: str, port: int, base: str) -> tuple[Command, tuple[str, ...]]:
    """Return gunicorn for the Flask application inside, where the module gives it a name."""
    for name, value in app.module.assignments:
        if isinstance(value, ast.Attribute) and value.attr == "server" and getattr(value.value, "id", "") == app.name:
            return servers.gunicorn(f"{reference.rpartition(':')[0]}:{name}", port, base=base), ("gunicorn",)
        given = next((each.value for each in getattr(value, "keywords", ()) if each.arg == "server"), None)
        if name == app.name and isinstance(given, ast.Name):
            return servers.gunicorn(f"{reference.rpartition(':')[0]}:{given.id}", port, base=base), ("gunicorn",)
    return servers.python(app.module.path), ()


def _port(app: App, survey: Survey) -> tuple[int, Evidence | None]:
    modules = [app.module, *([app.made_in] if app.made_in else [])]
    folder = f"{app.module.folder}/" if app.module.folder else ""
    for name in _RUNNERS:
        for path in dict.fromkeys((f"{folder}{name}", name)):
            if (module := survey.sources.module(path)) and module not in modules:
                modules.append(module)
    for module in modules:
        if found := _first(module, survey):
            return found.port, Evidence("ports", module.text.path, found.line, module.line(found.line), "listens")
    if configured := _gunicorn_bind(survey):
        return configured
    return _PORTS.get(app.framework, _DEFAULT_PORT), None


def _first(module: Module, survey: Survey) -> Listening | None:
    found = [one for one in ports.listening(module) if not one.udp]
    return found[0] if found else next(_by_attribute(module, survey), None)


def _by_attribute(module: Module, survey: Survey) -> Iterator[Listening]:
    """Yield ports that are read from an object of settings: `uvicorn.run(app, port=settings.port)`."""
    for call in module.calls:
        given = next((each.value for each in call.keywords if each.arg == "port"), None)
        if isinstance(given, ast.Attribute):
            pattern = re.compile(rf"^\s*{re.escape(given.attr)}\b.*=", re.MULTILINE)
            for other in survey.sources.mentioning(pattern):
                for node in other.nodes:
                    if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == given.attr:
                        value: ast.expr | None = node.value
                    elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == given.attr:
                        value = node.value
                    else:
                        continue
                    if isinstance(value, ast.Call) and not ports.port_of(value, other):
                        value = next((each.value for each in value.keywords if each.arg == "default"), None) or (
                            value.args[0] if value.args else None
                        )
                    if port := ports.port_of(value, other):
                        yield Listening(port[0], call.lineno, None, port[1])


def _gunicorn_bind(survey: Survey) -> tuple[int, Evidence] | None:
    module = survey.sources.module("gunicorn.conf.py") or survey.sources.module("gunicorn_config.py")
    for name, value in module.assignments if module else ():
        if name == "bind" and module and (found := re.search(r":(\d{2,5})", ast.unparse(value))):
            line = value.lineno
            return int(found[1]), Evidence("ports", module.text.path, line, module.line(line), "gunicorn")
    return None


def _runner(app: App, survey: Survey) -> Module | None:
    """Return the module that starts the server of an application: the one that calls for it, else the one it is in."""
    pattern = re.compile(r"run_app\(|\.listen\(|IOLoop|\.start\(|\.run\(|AppRunner\(")
    candidates = [module for module in survey.sources.mentioning(pattern) if module.stem != "setup"]
    own = [module for module in candidates if module in {app.module, app.made_in}]
    around = [module for module in candidates if module.path in _RUNNERS or module.main_guard]
    return next(iter([*own, *around]), None)


def _own_server(app: App, runner: Module, survey: Survey) -> Start:
    found = _first(runner, survey) or (_tornado_option(runner) if app.framework == "tornado" else None)
    port = found.port if found else _PORTS.get(app.framework, _DEFAULT_PORT)
    proof = Evidence("ports", runner.text.path, found.line, runner.line(found.line), "listens") if found else None
    line = app.line if runner is app.module else runner.text.line_of("run")
    return Start(
        _python(runner, survey),
        "web",
        0.9,
        (Evidence("run_command", runner.text.path, line, runner.line(line), app.framework),),
        app.framework,
        port,
        proof,
        honours_port=bool(found and found.env == "PORT"),
        bind_env=(_BINDS_ALL[app.framework],) if app.framework in _BINDS_ALL else (),
        module=runner,
        cautions=tuple(loopback(runner)),
    )


def _tornado_option(module: Module) -> Listening | None:
    for call in module.calls:
        if (
            module.qualified(call.func).endswith("define")
            and call.args
            and getattr(call.args[0], "value", "") == "port"
        ):
            given = next((each.value for each in call.keywords if each.arg == "default"), None)
            if found := ports.port_of(given, module):
                return Listening(found[0], call.lineno)
    return None


def _tool_server(app: App, runner: Module) -> Start:
    """Return the start of an MCP server: it listens only when it is told to speak HTTP."""
    speaks = re.search(r"transport\s*=\s*[\"'](streamable-http|http|sse)[\"']", runner.text.content)
    found = next(ports.listening(runner), None) or next(ports.listening(app.module), None)
    given = re.search(r"FastMCP\([^)]*\bport\s*=\s*(\d+)", app.module.text.content)
    port = found.port if found else int(given[1]) if given else _DEFAULT_PORT
    line = runner.text.line_of(".run(")
    return Start(
        servers.python(runner.path),
        "web" if speaks else "job",
        0.85,
        (Evidence("run_command", runner.text.path, line, runner.line(line), "mcp"),),
        "mcp",
        port if speaks else None,
        None,
        honours_port=False,
        bind_env=(_BINDS_ALL["mcp"],) if speaks else (),
        module=runner,
    )


def _aiohttp_by_gunicorn(app: App, survey: Survey) -> Start:
    base = survey.sources.base_of(app.module)
    reference = f"{_seen(app.module, base)}:{app.name}"
    proof = Evidence("run_command", app.module.text.path, app.line, app.module.line(app.line), "aiohttp")
    return Start(
        servers.gunicorn(reference, _PORTS["aiohttp"], base=base, worker="aiohttp.GunicornWebWorker"),
        "web",
        0.8,
        (proof,),
        "aiohttp",
        _PORTS["aiohttp"],
        installs=servers.added(survey.manifest, "gunicorn"),
        module=app.module,
    )


def _python(module: Module, survey: Survey) -> Command:
    return run(module, survey)


def run(module: Module, survey: Survey) -> Command:
    """Return how a file is run: by its path, or as a module where it is part of a package that it imports from."""
    if module.folder and survey.tree.has(f"{module.folder}/__init__.py"):
        base = survey.sources.base_of(module)
        inside = _seen(module, base).removesuffix(".__main__")
        relative = "from ." in module.text.content
        package = inside.partition(".")[0]
        absolute = any(name.partition(".")[0] == package for name in module.modules_imported)
        if not base and (relative or absolute or module.stem == "__main__"):
            return servers.module(inside)
    return servers.python(module.path)


def loopback(module: Module) -> Iterator[Caution]:
    """Yield a caution for each port that only the container itself could reach."""
    for one in ports.listening(module):
        if one.host in ports.LOOPBACK:
            text = f"it listens on {one.host} only, where nothing outside of the container reaches it: use 0.0.0.0"
            yield Caution("loopback", module.text.path, one.line, text)


def _seen(module: Module, base: str) -> str:
    return dotted(module.path.removeprefix(f"{base}/") if base else module.path)
