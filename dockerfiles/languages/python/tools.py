"""Frameworks with a server of their own, which is given a file: Streamlit, Gradio, notebooks and their like."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from dockerfiles.analysis import Caution, Command, Evidence, Healthcheck
from dockerfiles.languages.python import ports
from dockerfiles.languages.python.sources import Module, keyword, text_of
from dockerfiles.languages.python.survey import Start, Survey

_ANY = "0.0.0.0"  # noqa: S104 - inside a container


@dataclass(frozen=True, slots=True)
class Tool:
    """One of them: the package it is, what its files contain, its command for a file and a port.

    `first` are the names its main file has by custom. `environment` makes it listen to others where no flag does.
    `literal`: a port in the code is the one that counts.
    """

    package: str
    marker: str
    port: int
    command: Callable[[str, int], tuple[str, ...]]
    first: tuple[str, ...] = ("app.py", "main.py")
    environment: Mapping[str, str] | None = None
    health: str = ""
    literal: bool = False
    imported_as: str = ""


def _script(path: str, _port: int) -> tuple[str, ...]:
    return ("python", path)


TOOLS = (
    Tool(
        "streamlit",
        r"\bst\.|import streamlit|from streamlit",
        8501,
        lambda path, port: (
            *("streamlit", "run", path, "--server.address", _ANY, "--server.port", str(port)),
            *("--server.headless", "true"),
        ),
        ("streamlit_app.py", "Home.py", "app.py", "main.py", "Hello.py", "home.py", "dashboard.py"),
        health="/_stcore/health",
    ),
    Tool(
        "chainlit",
        r"@cl\.|@chainlit\.",
        8000,
        lambda path, port: ("chainlit", "run", path, "--host", _ANY, "--port", str(port), "--headless"),
    ),
    Tool("gradio", r"\.launch\(", 7860, _script, environment={"GRADIO_SERVER_NAME": _ANY}, literal=True),
    Tool("nicegui", r"\bui\.run\(", 8080, _script, literal=True),
    Tool(
        "panel",
        r"\.servable\(",
        5006,
        lambda path, port: (
            *("panel", "serve", path, "--address", _ANY, "--port", str(port), "--allow-websocket-origin=*"),
        ),
    ),
    Tool(
        "bokeh",
        r"\bcurdoc\(",
        5006,
        lambda path, port: (
            *("bokeh", "serve", path, "--address", _ANY, "--port", str(port), "--allow-websocket-origin=*"),
        ),
    ),
    Tool(
        "solara",
        r"import solara|from solara",
        8765,
        lambda path, port: ("solara", "run", path, "--host", _ANY, "--port", str(port), "--production"),
        ("sol.py", "app.py", "main.py"),
    ),
    Tool(
        "shiny",
        r"\bApp\(|from shiny\.express",
        8000,
        lambda path, port: ("shiny", "run", "--host", _ANY, "--port", str(port), path),
    ),
    Tool(
        "marimo",
        r"\bmarimo\.App\(",
        2718,
        lambda path, port: ("marimo", "run", path, "--host", _ANY, "--port", str(port), "--headless"),
    ),
    Tool(
        "reflex",
        r"\brx\.App\(|reflex\.App\(",
        3000,
        lambda _path, _port: ("reflex", "run", "--env", "prod", "--backend-host", _ANY),
        ("rxconfig.py",),
    ),
    Tool("flet", r"\b(?:ft|flet)\.(?:app|run)\(", 8000, _script, environment={"FLET_SERVER_IP": _ANY}, literal=True),
    Tool("mesop", r"@me\.page", 32123, lambda path, port: ("mesop", path, "--port", str(port), "--prod")),
)


def start(survey: Survey) -> Start | None:
    """Return how a project of one of these is started, None when it is of none of them."""
    return next(starts(survey), None)


def starts(survey: Survey) -> Iterator[Start]:
    """Yield a start for each of these that the project has a file of."""
    for tool in TOOLS:
        if survey.uses(tool.package) and (module := _file(tool, survey)):
            yield _started(tool, module)
    if one := _agent(survey) or _notebook(survey):
        yield one


def _file(tool: Tool, survey: Survey) -> Module | None:
    """Return the file that is run: one whose name is customary, else the one nearest to the root."""
    marker = re.compile(tool.marker)
    found = [
        module
        for module in survey.sources.mentioning(marker)
        if tool.package in {name.partition(".")[0] for name in module.modules_imported}
        and "pages" not in module.folder.split("/")
    ]
    if tool.package == "reflex" and survey.tree.has("rxconfig.py"):
        return survey.sources.module("rxconfig.py")

    def order(module: Module) -> tuple[int, int, int, str]:
        name = module.path.rpartition("/")[2]
        # A page that the rest hangs on sets what holds for all; a numbered one is one of many.
        place = tool.first.index(name) if name in tool.first else len(tool.first)
        whole = 0 if module.main_guard or "set_page_config" in module.text.content else 1
        return module.path.count("/"), place, whole, module.path

    return min(found, key=order, default=None)


def _started(tool: Tool, module: Module) -> Start:
    port, port_evidence, cautions = tool.port, None, []
    for one in ports.listening(module) if tool.literal else ():
        port = one.port
        text = module.line(one.line)
        port_evidence = Evidence("ports", module.text.path, one.line, text, tool.package)
        break
    marker = re.compile(tool.marker)
    line = next((number for number, text in module.text.lines() if marker.search(text)), 0)
    environment = tuple((tool.environment or {}).items())
    if tool.literal and (host := _loopback(module)):
        number, name = host
        cautions.append(Caution("loopback", module.text.path, number, f"it listens on {name} only: leave the host out"))
    return Start(
        Command(tool.command(module.path, port)),
        "web",
        0.9,
        (Evidence("run_command", module.text.path, line, module.line(line), tool.package),),
        tool.package,
        port,
        port_evidence,
        honours_port=not tool.literal,
        bind_env=environment,
        health=Healthcheck("http", tool.health) if tool.health else None,
        module=module,
        cautions=tuple(cautions),
    )


def _loopback(module: Module) -> tuple[int, str] | None:
    for call in module.calls:
        for name in ("server_name", "host"):
            host = text_of(keyword(call, name), module)
            if host in ports.LOOPBACK:
                return call.lineno, host
    return None


def _agent(survey: Survey) -> Start | None:
    """Return the server of Google's agent kit: it is given the folder that the agents' folders lie in."""
    if not survey.uses("google-adk", "google.adk"):
        return None
    for module in survey.sources.mentioning(re.compile(r"\broot_agent\b")):
        if module.stem == "agent":
            above = module.folder.rpartition("/")[0] or "."
            command = Command(("adk", "api_server", "--host", _ANY, "--port", "8000", above))
            line = module.text.line_of("root_agent")
            proof = Evidence("run_command", module.text.path, line, module.line(line), "google-adk")
            return Start(command, "web", 0.85, (proof,), "google-adk", 8000, module=module)
    return None


def _notebook(survey: Survey) -> Start | None:
    """Return a notebook server for a project that has notebooks and no program."""
    notebooks = list(survey.tree.with_suffix(".ipynb"))
    if not notebooks or any(not path.startswith("notebooks/") for path in survey.sources.paths):
        return None
    manifest = survey.manifest
    file = survey.tree.whole(notebooks[0])
    if manifest.has("voila"):
        words = (
            "voila",
            "--no-browser",
            f"--Voila.ip={_ANY}",
            "--port=8866",
            notebooks[0] if len(notebooks) == 1 else ".",
        )
        proof = Evidence("run_command", file, 0, notebooks[0], "voila")
        return Start(Command(words), "notebook", 0.8, (proof,), "voila", 8866)
    words = ("jupyter", "lab", f"--ip={_ANY}", "--port=8888", "--no-browser")
    installs = () if manifest.has("jupyterlab", "jupyter", "notebook") else ("jupyterlab==4.2.7",)
    proof = Evidence("run_command", file, 0, notebooks[0], "notebooks and no program")
    return Start(Command(words), "notebook", 0.8, (proof,), "jupyter", 8888, installs=installs)
