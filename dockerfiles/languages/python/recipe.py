"""How a Python project is built: a virtual environment where compilers are, then an image with that and the source."""

import re
from collections.abc import Iterator, Mapping
from shlex import quote

from dockerfiles import staging, storage
from dockerfiles.analysis import Analysis, Command, Variable
from dockerfiles.language import Wishes
from dockerfiles.languages.python import installing
from dockerfiles.languages.python.analysing import base_image
from dockerfiles.languages.python.installing import TOOLS, VENV
from dockerfiles.languages.python.manifests import Manifest
from dockerfiles.languages.python.survey import Survey
from dockerfiles.recipe import Base, Copy, Env, Recipe, Run, Runtime, Stage, Step, Workdir
from dockerfiles.tree import Tree

_SCRATCH = "/tmp"  # noqa: S108 - of the build alone
_CACHES = {
    "pip": {"pip": "/root/.cache/pip"},
    "poetry": {"poetry": "/root/.cache/pypoetry", "pip": "/root/.cache/pip"},
    "uv": {"uv": "/root/.cache/uv"},
    "pdm": {"pdm": "/root/.cache/pdm"},
    "pipenv": {"pipenv": "/root/.cache/pipenv", "pip": "/root/.cache/pip"},
}
_TOLD = {
    "uv": {
        "UV_PROJECT_ENVIRONMENT": VENV,
        "UV_LINK_MODE": "copy",
        "UV_COMPILE_BYTECODE": "1",
        "UV_PYTHON_DOWNLOADS": "never",
    },
    "pdm": {"PDM_CHECK_UPDATE": "false"},
    "poetry": {"POETRY_VIRTUALENVS_CREATE": "false"},
    "pipenv": {"PIPENV_VERBOSITY": "-1"},
}
_WRITTEN = re.compile(
    r"(?:MEDIA_ROOT|UPLOAD_FOLDER|UPLOAD_DIR|UPLOADS?_PATH|DATA_DIR)\s*(?::\s*\w+\s*)?=\s*[^\n]*?[\"'](?:\./)?([A-Za-z][\w/-]*)/?[\"']"
)
_SERVERS = frozenset(
    {
        *("gunicorn", "uvicorn", "hypercorn", "daphne", "sanic", "celery", "streamlit", "chainlit", "panel", "bokeh"),
        *("rq", "dramatiq", "arq", "taskiq", "huey_consumer", "jupyter", "voila", "shiny", "solara", "waitress-serve"),
    }
)
_ANSWERS = re.compile(r"\bSIGTERM\b")
_PORT_OPTIONS = ("--port", "-p", "--server.port", "--bind", "-b", "--listen")


def recipe(analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
    """Return how a Python project is built and run."""
    survey = Survey(tree, wishes)
    built = _build(analysis, survey, wishes)
    image = _image(analysis, wishes, has_environment=built is not None)
    stages = (built, image) if built is not None else (image,)
    return Recipe(stages, _runtime(analysis, survey, has_environment=built is not None), keeps=tuple(_keeps(survey)))


def _build(analysis: Analysis, survey: Survey, wishes: Wishes) -> Stage | None:
    """Return the stage that installs everything, None when there is nothing to install."""
    manifest = survey.manifest
    if not analysis.install_commands:
        return None
    base, installed = _base(analysis, wishes)
    if manifest.manager == "conda":
        steps: tuple[Step, ...] = (
            Workdir("/app"),
            *staging.manifests(
                survey.tree, manifest.files, "What names the packages: this layer lasts until it changes"
            ),
            Run(
                analysis.install_commands,
                "The environment, with the Python that it names",
                environment={"HOME": _SCRATCH},
            ),
        )
        return Stage("build", base, steps, "The environment that the program runs in")
    where = f"{VENV}/bin:{TOOLS}/bin:$PATH" if _tool(analysis) else f"{VENV}/bin:$PATH"
    steps = (
        *installed,
        *staging.packages(analysis.system_packages.build, "Compilers and headers for what is built from source"),
        Run(tuple(_environments(analysis, wishes)), "An environment of its own, which the image gets as a whole"),
        Env(
            {"PATH": where, "VIRTUAL_ENV": VENV, **_TOLD.get(manifest.manager, {})},
            "Commands are those of the environment",
        ),
        Workdir("/app"),
        *_installs(analysis, survey),
    )
    return Stage("build", base, steps, "What the program depends on; compilers stay in here")


def _installs(analysis: Analysis, survey: Survey) -> Iterator[Step]:
    """Yield the installs: what the files name first, so that this layer lasts until they change, the project after."""
    manifest = survey.manifest
    caches = _CACHES.get(manifest.manager or "pip", {})
    secrets = _secrets(manifest)
    first = set(installing.dependencies(manifest, analysis.language_version.value))
    early = tuple(line for line in analysis.install_commands if line in first or not _of_project(line))
    late = tuple(line for line in analysis.install_commands if line not in early)
    if installing.takes_whole(manifest, analysis.language_version.value):
        yield staging.everything("All of it: the install reads the project's own files")
        yield Run(analysis.install_commands, "What the program depends on, and the program", caches, secrets)
        return
    local = [path for path in manifest.local if path != "."]
    yield from staging.manifests(
        survey.tree, manifest.files, "What names the dependencies: this layer lasts until they change"
    )
    yield from (Copy((path,), f"./{path}", "Packages that lie in the project") for path in local)
    if early:
        yield Run(early, "What the program depends on", caches, secrets)
    if late:
        yield staging.everything()
        yield Run(late, "The program itself, as a package", caches, secrets)


def _of_project(line: str) -> bool:
    return line.endswith(" .") or line.startswith(("poetry ", "uv sync", "pdm "))


def _environments(analysis: Analysis, wishes: Wishes) -> Iterator[str]:
    # A base of the user's own may have packages that are wanted, and no network to fetch others.
    shared = " --system-site-packages" if wishes.bases.get("") else ""
    yield f"python{'3' if shared else ''} -m venv{shared} {VENV}"
    if tool := _tool(analysis):
        yield f"python{'3' if shared else ''} -m venv{shared} {TOOLS}"
        yield f"{TOOLS}/bin/pip install --no-cache-dir {' '.join(map(quote, tool))}"


def _tool(analysis: Analysis) -> tuple[str, ...]:
    manifest = Manifest(analysis.package_manager.name, analysis.package_manager.version)
    return installing.tool(manifest, analysis.language_version.value)


def _image(analysis: Analysis, wishes: Wishes, *, has_environment: bool) -> Stage:
    base, installed = _base(analysis, wishes, run=True)
    place = installing.place(analysis.package_manager.name)
    environment = {"PATH": f"{place}/bin:$PATH"} if has_environment else {}
    told = {**environment, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    steps: list[Step] = [
        *installed,
        *staging.packages(analysis.system_packages.runtime, "Libraries that its packages load when they run"),
        Env(told, "Output at once, no files beside the source, commands of the environment first"),
        Workdir("/app"),
    ]
    if has_environment:
        steps.append(Copy((place,), place, "What it depends on, without what built it", origin="build"))
    steps.append(staging.everything())
    if analysis.build_commands:
        values = dict(analysis.bind_env) | _for_build(analysis.env)
        steps.append(
            Run(
                analysis.build_commands,
                "Static files, collected; the values here are for this step alone",
                environment=values,
            )
        )
    return Stage("run", base, tuple(steps), "The image: the environment and the source")


def _for_build(variables: tuple[Variable, ...]) -> dict[str, str]:
    """Return values with which the settings can be loaded while nothing that they name is there."""
    values = {}
    for variable in variables:
        name = variable.name
        if variable.required or name.endswith("SECRET_KEY"):
            if "DATABASE_URL" in name or name.endswith("DB_URL"):
                values[name] = "sqlite:////tmp/build.sqlite3"
            elif "REDIS" in name or "CACHE" in name or "BROKER" in name:
                values[name] = "redis://localhost:6379/0"
            elif "PORT" in name:
                values[name] = "1"
            else:
                values[name] = "only-for-this-step"
    return values


def _base(analysis: Analysis, wishes: Wishes, *, run: bool = False) -> tuple[Base, tuple[Step, ...]]:
    manager = analysis.package_manager.name
    base = base_image(analysis.language_version.value, manager)
    if manager == "conda" and run:
        base = staging.SLIM
    compiles = ("python3-dev",) if analysis.system_packages.build else ()
    debian = ("python3", "python-is-python3") if run else ("python3", "python3-venv", *compiles)
    return staging.toolchain(base, debian, wishes)


def _runtime(analysis: Analysis, survey: Survey, *, has_environment: bool) -> Runtime:
    command = analysis.run_command or Command(("python", "-c", "raise SystemExit('nothing to run was found')"))
    port = analysis.ports[0].port if analysis.ports else None
    honouring = _honouring(command, port)
    texts = [text for path in survey.sources.paths if (text := survey.tree.text(path))]
    written = {f"/app/{found}" for text in texts for found in _WRITTEN.findall(text.content)}
    folders = (*storage.folders(texts), *sorted(written), *analysis.volumes)
    honours = honouring != command or _honoured(command, analysis)
    words = command.argv
    has_python = has_environment or (words and words[0] != "python3")
    return Runtime(
        honouring,
        port,
        honours_port=honours and port is not None,
        healthcheck=analysis.healthcheck,
        probe="python" if has_python else "bash",
        stop_signal=_stop_signal(command, survey),
        writable=tuple(dict.fromkeys(folders)),
        environment=dict(analysis.bind_env),
    )


def _stop_signal(command: Command, survey: Survey) -> str:
    """Return the signal that ends a program: Python itself answers only to SIGINT when it is process 1."""
    if command.shell or not command.argv or command.argv[0] in _SERVERS:
        return "SIGTERM"
    return "SIGTERM" if any(survey.sources.mentioning(_ANSWERS)) else "SIGINT"


def _honoured(command: Command, analysis: Analysis) -> bool:
    """Return whether a command reads `PORT` itself: gunicorn without an address does, and code that asks for it."""
    line = " ".join(command.argv)
    if "$PORT" in line or "${PORT" in line:
        return True
    if command.argv and command.argv[0] == "gunicorn" and not re.search(r"(^|\s)(-b|--bind)\b", line):
        return True
    return any(variable.name == "PORT" for variable in analysis.env)


def _honouring(command: Command, port: int | None) -> Command:
    """Return a command that takes its port from `PORT`, where it is written out among its options."""
    if command.shell or port is None:
        return command
    words, changed = [], False
    for before, word in zip(("", *command.argv), command.argv, strict=False):
        option, sign, value = word.partition("=")
        if before in _PORT_OPTIONS and (word == str(port) or word.endswith(f":{port}")):
            words.append(
                f"{quote(word.removesuffix(str(port)))}${{PORT:-{port}}}" if word != str(port) else f"${{PORT:-{port}}}"
            )
            changed = True
        elif sign and option in _PORT_OPTIONS and (value == str(port) or value.endswith(f":{port}")):
            words.append(f"{quote(word.removesuffix(str(port)))}${{PORT:-{port}}}")
            changed = True
        else:
            words.append(quote(word))
    return Command.for_shell(f"exec {' '.join(words)}") if changed else command


def _secrets(manifest: Manifest) -> Mapping[str, str]:
    private = [index for index in manifest.indexes if "//pypi." not in index]
    return {"netrc": "/root/.netrc"} if private else {}


def _keeps(survey: Survey) -> Iterator[str]:
    project = survey.manifest.project
    yield from (path for path in (project.readme, *project.licence_files) if path and survey.tree.has(path))
    yield from (path for path in survey.manifest.local if path != ".")
    if project.asks_git:
        yield ".git"
