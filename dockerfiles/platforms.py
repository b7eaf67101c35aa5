"""Start commands and ports in the files of hosting platforms, as far as they mean something elsewhere."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dockerfiles import reading
from dockerfiles.tree import Tree

# A process's name and its line.
Line = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A named command of a file; `release` is what comes before a new version runs."""

    name: str
    line: str
    file: str
    number: int


def entries(tree: Tree, file: str) -> list[Entry]:
    """Return the commands that one of `FILES` names, [] when it is absent or names none."""
    text = tree.text(file)
    if text is None:
        return []
    lines = (pair for pair in FILES[file](tree, file) if pair[1].strip())
    return [
        Entry(name, line.strip(), text.path, text.line_of(line.strip().split("\n")[0][:60])) for name, line in lines
    ]


def port(tree: Tree) -> tuple[int, str] | None:
    """Return the port that fly.toml says the application listens on, with file and line."""
    text = tree.text("fly.toml")
    if text is None:
        return None
    table = reading.toml(tree, "fly.toml")
    services = [_table(table.get("http_service")), *map(_table, _list(table.get("services")))]
    found = next((one["internal_port"] for one in services if isinstance(one.get("internal_port"), int)), None)
    return None if found is None else (found, f"{text.path}:{text.line_of('internal_port')}")


def _fly(tree: Tree, file: str) -> Iterator[Line]:
    table = reading.toml(tree, file)
    for name, line in _table(table.get("processes")).items():
        yield "web" if name == "app" else name, _text(line)
    yield "release", _text(_table(table.get("deploy")).get("release_command"))


def _render(tree: Tree, file: str) -> Iterator[Line]:
    documents = reading.yaml_documents(tree, file)
    services = [_table(one) for document in documents for one in _list(document.get("services"))]
    for service in services:
        if service.get("rootDir") or service.get("type") not in {"web", "worker"}:
            continue
        yield _text(service["type"]), _text(service.get("startCommand"))
        yield "release", _text(service.get("preDeployCommand"))


def _heroku(tree: Tree, file: str) -> Iterator[Line]:
    for document in reading.yaml_documents(tree, file):
        for name, run in _table(document.get("run")).items():
            yield name, _text(_table(run).get("command") or run)
        yield "release", _text(_table(document.get("release")).get("command"))


def _railway(tree: Tree, file: str) -> Iterator[Line]:
    read = reading.toml if file.endswith(".toml") else reading.json_object
    deploy = _table(read(tree, file).get("deploy"))
    yield "web", _text(deploy.get("startCommand"))
    yield "release", _text(deploy.get("preDeployCommand"))


def _nixpacks(tree: Tree, file: str) -> Iterator[Line]:
    yield "web", _text(_table(reading.toml(tree, file).get("start")).get("cmd"))


def _app_engine(tree: Tree, file: str) -> Iterator[Line]:
    for document in reading.yaml_documents(tree, file):
        yield "web", _text(document.get("entrypoint")) if "runtime" in document else ""


FILES: Mapping[str, Callable[[Tree, str], Iterator[Line]]] = {
    "render.yaml": _render,
    "fly.toml": _fly,
    "heroku.yml": _heroku,
    "railway.toml": _railway,
    "railway.json": _railway,
    "nixpacks.toml": _nixpacks,
    "railpack.json": _railway,
    "app.yaml": _app_engine,
}


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    """Return a command; a list of them is run one after another."""
    if isinstance(value, list):
        return " && ".join(each for each in value if isinstance(each, str))
    return value if isinstance(value, str) else ""
