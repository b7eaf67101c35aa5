"""How the dependencies of a Python project get into the virtual environment of its image, manager by manager."""

from shlex import quote

from dockerfiles.languages.python.manifests import Manifest
from dockerfiles.languages.python.survey import Start, Survey

VENV = "/opt/venv"
# Where a manager itself is installed: apart from what the project gets.
TOOLS = "/opt/tools"
_PIP = "pip install --no-cache-dir"
_LISTS = (".txt", ".in", ".pip")
_MANAGERS = {"poetry": "2.1.4", "uv": "0.9.0", "pdm": "2.29.4", "pipenv": "2024.4.1"}
# What a manager does not start with any more, and does not rule out itself.
_BESIDE = {"pdm": ("hishel<2",)}
# pip does not read this part of a pyproject.toml alone; Python does.
_NAMED = (
    "python -c \"import tomllib; project = tomllib.load(open('pyproject.toml', 'rb'))['project']; "
    "[print(each) for each in project['dependencies']]\" > /tmp/requirements.txt"
)


def tool(manifest: Manifest, version: str) -> tuple[str, ...]:
    """Return the requirements that install the project's manager, none where the image has it."""
    known = _MANAGERS.get(manifest.manager)
    if known is None:
        return ()
    number = manifest.manager_version or known
    if manifest.manager == "poetry":
        number = _poetry(number, version)
    return (f"{manifest.manager}=={number}", *_BESIDE.get(manifest.manager, ()))


def commands(survey: Survey, main: Start | None, version: str) -> tuple[str, ...]:
    """Return the commands that install everything, in their order."""
    manifest = survey.manifest
    added = added_command(survey, main)
    own = own_package(survey, main)
    before = dependencies(manifest, version)
    return tuple(line for line in (*before, *added, *([own] if own else [])) if line)


def dependencies(manifest: Manifest, version: str) -> tuple[str, ...]:
    """Return the commands that install what the project depends on, without the project itself."""
    frozen, check = (" --frozen", " --check") if manifest.lock else ("", "")
    environment = f"--prefix {place('conda')} --file {quote(manifest.files[0])}" if manifest.files else ""
    by_manager = {
        "poetry": ("poetry install --only main --no-root --no-interaction --no-cache",),
        "uv": (f"uv sync{frozen} --no-dev --no-install-project --no-cache",),
        "pdm": (f"pdm install --prod{check} --no-self",),
        "pipenv": ("pipenv sync" if manifest.lock else "pipenv install --skip-lock",),
        "conda": (f"micromamba create --yes {environment}", "micromamba clean --all --yes"),
    }
    return by_pip(manifest, version) if manifest.manager == "pip" else by_manager.get(manifest.manager, ())


def by_pip(manifest: Manifest, version: str) -> tuple[str, ...]:
    """Return the commands of a project that has no manager but pip."""
    if manifest.files[0].endswith(_LISTS):
        return (f"{_PIP} -r {quote(manifest.files[0])}",)
    return (f"{_PIP} .",) if takes_whole(manifest, version) else (_NAMED, f"{_PIP} -r /tmp/requirements.txt")


def place(manager: str) -> str:
    """Return the folder of the environment; micromamba's image lets its user write below this one alone."""
    return "/opt/conda/envs/app" if manager == "conda" else VENV


def takes_whole(manifest: Manifest, version: str) -> bool:
    """Return whether the install needs all of the project, not only the files that name what it installs."""
    if "." in manifest.local:
        return True
    if manifest.manager != "pip" or not manifest.files or manifest.files[0].endswith(_LISTS):
        return False
    major, _, minor = version.partition(".")
    reads_toml = (int(major), int(minor)) >= (3, 11) if major.isdigit() and minor.isdigit() else False
    return manifest.files[0] != "pyproject.toml" or manifest.project.dynamic or not reads_toml


def added_command(survey: Survey, main: Start | None) -> tuple[str, ...]:
    """Return the command that installs what the start needs and the project does not name."""
    if main is None or not main.installs:
        return ()
    # A base of the user's own may have it, of whatever version.
    own_base = bool(survey.wishes.bases.get(""))
    wanted = [name.replace("==", ">=0,<=") if own_base else name for name in main.installs]
    return (f"{_PIP} {' '.join(map(quote, wanted))}",)


def own_package(survey: Survey, main: Start | None) -> str:
    """Return the command that installs the project itself, "" where its files alone are enough to run it."""
    manifest = survey.manifest
    project = manifest.project
    if not project.package or manifest.local == (".",) or not _is_imported(survey, main):
        return ""
    match manifest.manager:
        case "poetry":
            return "poetry install --only main --no-interaction --no-cache"
        case "uv":
            return f"uv sync{' --frozen' if manifest.lock else ''} --no-dev --no-cache"
        case "pdm":
            return "pdm install --prod"
        case "pip" if manifest.files and manifest.files[0].endswith((*_LISTS, "pyproject.toml")):
            return f"{_PIP} --no-deps ."
    return ""


def _is_imported(survey: Survey, main: Start | None) -> bool:
    """Return whether the command finds the project only where it is installed: a script of it, or a module in `src`."""
    if main is None:
        return True
    words = main.command.argv
    project = survey.manifest.project
    if words and words[0] in project.scripts:
        return True
    return survey.tree.has_folder("src") and main.module is not None and main.module.path.startswith("src/")


def _poetry(number: str, version: str) -> str:
    """Return a version of Poetry that runs on a Python and reads the lock: those before 1.5 fail on new ones."""
    old = tuple(int(part) for part in number.split(".")[:2] if part.isdigit()) < (1, 5)
    if version == "3.7":
        return "1.5.1"
    if version == "3.8":
        return "1.8.5"
    return "1.8.5" if old else number
