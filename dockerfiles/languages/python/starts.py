"""How a Python project is started: what it says itself, else its framework, else a file that is run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dockerfiles.analysis import Caution, Command, Evidence, Process
from dockerfiles.languages.python import django, scripts, servers, tools, web, workers
from dockerfiles.languages.python.django import Django
from dockerfiles.languages.python.survey import Start, Survey
from dockerfiles.languages.python.workers import Worker

_DEVELOPMENT = re.compile(r"\brunserver\b|\bflask (?:--\S+ )*run\b|--reload\b|\bfastapi dev\b|\bstreamlit hello\b")
_PORT = re.compile(r"(?:--port[= ]|-p |(?:-b|--bind|--listen)[= ]?\S*?:|--server\.port[= ])(\d{2,5})\b")
_LISTENS = re.compile(r"\$\{?PORT\b|gunicorn|uvicorn|hypercorn|daphne|waitress|streamlit|--port\b")
_VARIABLE = re.compile(r"\$\{?PORT\b")


@dataclass(frozen=True, slots=True)
class Started:
    """All that the image of a project can run: `main` by default, `django` where it is of it, its other processes."""

    main: Start | None
    django: Django | None = None
    processes: tuple[Process, ...] = ()
    release: Command | None = None
    evidence: tuple[Evidence, ...] = ()
    cautions: tuple[Caution, ...] = ()


def choose(survey: Survey) -> Started:
    """Return what a project runs.

    Raises:
        Ambiguous: several starts are as likely, and the user said nothing.
    """
    project = django.found(survey) if survey.uses("django") else None
    said = survey.declared
    served = bool(said.start and not _for_development(said.start)) or bool(survey.wishes.command)
    try:
        found = _by_framework(survey, project)
    except ValueError:
        if not served:
            raise
        found = None
    queues = workers.found(survey, project.base if project else "", project.manage if project else "")
    if not project and queues:
        queues = workers.found(survey, survey.sources.base_of(queues[0].module))
    main, cautions = found, list(said.cautions)
    if said.start and _for_development(said.start):
        proof = said.evidence[0]
        cautions.append(Caution("development-server", proof.file, proof.line, "it is not used: it is for development"))
    elif said.start:
        main = _as_declared(survey, found)
    elif (main is None or main.kind in {"job", "library"}) and queues:
        main = _queue(queues[0])
    release = said.release or (project.release if project else None)
    proofs = [one for one in said.evidence if one.field != "run_command"] + [queue.evidence for queue in queues]
    return Started(main, project, tuple(_processes(survey, main, queues)), release, tuple(proofs), tuple(cautions))


def _by_framework(survey: Survey, project: Django | None) -> Start | None:
    if project is not None:
        return django.start(project)
    tool = tools.start(survey)
    try:
        served = web.start(survey)
    except ValueError:
        # A file for a tool beside several applications that are parts of it.
        if tool is None:
            raise
        served = None
    if served and tool and tool.module and served.module and _depth(tool) < _depth(served):
        return tool
    return served or tool or web.scripted(survey) or _pyramid(survey) or scripts.start(survey)


def _depth(start: Start) -> int:
    return start.module.path.count("/") if start.module else 0


def _pyramid(survey: Survey) -> Start | None:
    """Return the start of an application that a file for PasteDeploy describes."""
    if not survey.manifest.has("pyramid", "turbogears2", "pylons"):
        return None
    for path in ("production.ini", "development.ini"):
        text = survey.tree.text(path)
        if text is None or "[server:main]" not in text.content:
            continue
        found = re.search(r"^(?:listen|port)\s*=\s*(?:\S*:)?(\d{2,5})", text.content, re.MULTILINE)
        port = int(found[1]) if found else 6543
        line = text.line_of("[server:main]")
        proof = Evidence("run_command", text.path, line, "[server:main]", "pyramid")
        command = Command(("gunicorn", "--paste", path, "--bind", f"0.0.0.0:{port}"))
        installs = servers.added(survey.manifest, "gunicorn")
        return Start(command, "web", 0.85, (proof,), "pyramid", port, installs=installs)
    return None


def _as_declared(survey: Survey, found: Start | None) -> Start:
    """Return the start that the project tells its platform, with what is known of it from the code."""
    said = survey.declared
    command = said.start or Command(())
    line = " ".join(command.argv)
    proof = next((one for one in said.evidence if one.field == "run_command"), said.evidence[0])
    literal = _PORT.search(line)
    is_web = said.processes[0].name == "web"
    listens = is_web or (
        found is not None and found.kind == "web" and said.processes[0].name not in {"worker", "clock"}
    )
    port = (
        int(literal[1]) if literal else found.port if found and found.port else 8000 if _LISTENS.search(line) else None
    )
    needed = [name for name in ("gunicorn", "uvicorn", "daphne", "waitress") if re.search(rf"\b{name}\b", line)]
    base = found or Start(command, "web", 0.9, (), port=None)
    return replace(
        base,
        command=command,
        kind=base.kind if listens and base.kind in {"web", "notebook"} else "web" if listens and port else "worker",
        confidence=0.95,
        evidence=(proof, *(one for one in base.evidence if one.field != "run_command")),
        port=port if listens else None,
        port_evidence=Evidence("ports", proof.file, proof.line, proof.text, "procfile")
        if literal
        else base.port_evidence,
        honours_port=bool(_VARIABLE.search(line)) or (base.honours_port and not literal),
        installs=servers.added(survey.manifest, *needed),
        bind_env=tuple(_mended(line)),
        cautions=() if found is None or command != found.command else found.cautions,
    )


def _mended(line: str) -> Iterator[tuple[str, str]]:
    """Yield what makes a declared server listen to others than itself, where its command does not."""
    if "uvicorn" in line and "--host" not in line and "gunicorn" not in line:
        yield "UVICORN_HOST", "0.0.0.0"  # noqa: S104 - inside a container
    if "streamlit run" in line and "--server.address" not in line:
        yield "STREAMLIT_SERVER_ADDRESS", "0.0.0.0"  # noqa: S104
    if "waitress" not in line and "GRADIO" in line:
        yield "GRADIO_SERVER_NAME", "0.0.0.0"  # noqa: S104


def _for_development(command: Command) -> bool:
    return bool(_DEVELOPMENT.search(" ".join(command.argv)))


def _queue(worker: Worker) -> Start:
    proof = replace(worker.evidence, field="run_command")
    return Start(worker.process.command, "worker", 0.85, (proof,), worker.framework, module=worker.module)


def _processes(survey: Survey, main: Start | None, queues: tuple[Worker, ...]) -> Iterator[Process]:
    """Yield every process of the image: what is run by default first, each under its own name."""
    said = survey.declared.processes
    seen = set()
    if main is not None:
        name = said[0].name if said and main.command == said[0].command else "web" if main.port else main.kind
        seen.add(name)
        yield Process(name, main.command, main.port)
    for process in (*said[1:], *(queue.process for queue in queues)):
        again = main is not None and process.command == main.command
        if process.name not in seen and not again:
            seen.add(process.name)
            yield process
