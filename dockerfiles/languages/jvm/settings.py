"""The settings that are packed into the application: which port they name, which variables they ask for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dockerfiles import reading
from dockerfiles.analysis import Variable
from dockerfiles.sources import Hit, first, search, without_comments
from dockerfiles.tree import Text, Tree
from dockerfiles.variables import Way, read_in

_FOLDERS = ("src/main/resources", "src/main/resources/config", "config", "conf", "resources", "app/src/main/resources")
_NAMES = ("application", "bootstrap", "application-prod", "application-production", "microprofile-config")
_PORTS = ("server.port", "quarkus.http.port", "micronaut.server.port", "ktor.deployment.port", "http.port")
_WITH_DEFAULT = re.compile(r"\$\{(\w+):(\d+)\}|(\d+)")
# In settings a name in capitals is one of the environment; others are of the settings themselves.
_IN_SETTINGS = (
    Way(r"\$\{([A-Z][A-Z0-9_]+):([^}]*)\}"),
    Way(r"\$\{\?([A-Z][A-Z0-9_]+)\}"),
    Way(r"\$\{([A-Z][A-Z0-9_]+)\}", required=True),
)
_IN_CODE = (
    Way(r"@(?:Value|ConfigProperty\(name\s*=|Property\(name\s*=)\s*\(?\s*\"\$?\{?([A-Z][A-Z0-9_]+):([^}\"]*)\}?\""),
    Way(r"@Value\(\s*\"\\?\$\{([A-Z][A-Z0-9_]+)\}\"", required=True),
    Way(r"getenv\(\)?\.?(?:getOrDefault)?\(?\"(\w+)\"\)?\s*(?:,|\?:|\)\s*\.orElse\(|,\s*)\s*\"([^\"]*)\""),
    Way(r"sys\.env\.getOrElse\(\s*\"(\w+)\"\s*,\s*\"([^\"]*)\""),
    Way(r"requireNonNull\(\s*System\.getenv\(\"(\w+)\"\)", required=True),
    Way(r"System\.getenv\(\"(\w+)\"\)\s*(?:\?:\s*(?:throw|error)|!!)", required=True),
    Way(r"ofNullable\(\s*System\.getenv\(\"(\w+)\"\)\s*\)\s*\.orElseThrow", required=True),
    Way(r"sys\.env\(\s*\"(\w+)\"\s*\)", required=True),
    Way(r"System\.getenv\(\"(\w+)\"\)(?=;\s*\n\s*if\s*\(\w+\s*==\s*null[^\n]*\n?[^\n]*throw)", required=True),
    Way(r"(?:System/getenv|System\.getenv|sys\.env\.get)\s*\(?\"(\w+)\""),
)
_CODE_PORTS = (
    r"embeddedServer\([^)]*?\bport\s*=\s*(\d+)",
    r"getenv\(\"PORT\"\)[^\n]*?(?:\?:|orElse\(|:)\s*\"?(\d{2,5})",
    r"getOrDefault\(\"PORT\",\s*\"(\d+)\"",
    r"(?<![.\w])port\(\s*(\d{4,5})\s*\)",
    r"\.(?:start|listen|bind)\(\s*(\d{4,5})\b",
    r"asServer\([\w(]*?(\d{4,5})",
    r"new InetSocketAddress\(\s*(?:\"0\.0\.0\.0\"\s*,\s*)?(\d{4,5})",
    r"newServerAt\(\s*\"[^\"]+\"\s*,\s*(\d+)",
    r":port\s+(\d{4,5})",
    r"port\"(\d{4,5})\"",
    r"forPort\(\s*(\d{4,5})",
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One entry, by its dotted name, and where it is."""

    value: str
    hit: Hit


def settings(tree: Tree) -> dict[str, Setting]:
    """Return all entries of the settings that go for production; the more special file comes first."""
    found: dict[str, Setting] = {}
    for text in reversed(list(_texts(tree))):
        for name, setting in _entries(tree, text):
            found.setdefault(name, setting)
    return found


def port(tree: Tree, code: tuple[Text, ...], entries: dict[str, Setting]) -> tuple[int, Hit] | None:
    """Return the port that settings or code name, and where."""
    for name in _PORTS:
        if (setting := entries.get(name)) and (found := _WITH_DEFAULT.search(setting.value)):
            number = int(found[2] or found[3])
            return (number, setting.hit) if number > 0 else None
    hit = first([text for text in _texts(tree) if text.path.endswith(".conf")], r"^\s*port\s*[=:]\s*(\d+)")
    hit = hit or first(code, *_CODE_PORTS)
    return (int(hit.groups[0]), hit) if hit else None


def variables(tree: Tree, code: tuple[Text, ...]) -> tuple[Variable, ...]:
    """Return the environment variables that settings and code read."""
    in_code = read_in(code, _IN_CODE)
    known = {variable.name for variable in in_code}
    in_settings = read_in([without_comments(text, "hash") for text in _texts(tree)], _IN_SETTINGS)
    return tuple(sorted((*in_code, *(one for one in in_settings if one.name not in known)), key=lambda one: one.name))


def _texts(tree: Tree) -> Iterator[Text]:
    for name in _NAMES:
        for folder in _FOLDERS:
            for suffix in ("properties", "yml", "yaml", "conf"):
                if (text := tree.text(f"{folder}/{name}.{suffix}")) is not None:
                    yield text


def _entries(tree: Tree, text: Text) -> Iterator[tuple[str, Setting]]:
    if text.path.endswith(".properties"):
        for name, (value, line) in reading.properties(text).items():
            yield name, Setting(value, Hit(text.path, line, f"{name}={value}", ()))
    elif text.path.endswith((".yml", ".yaml")):
        inside = text.path.removeprefix(f"{tree.prefix}/") if tree.prefix else text.path
        for document in reading.yaml_documents(tree, inside):
            for name, value in reading.flattened(document):
                key = re.escape(name.rpartition(".")[2])
                hit = next(search((text,), rf"(?:^|\.|\s){key}:\s*[\"']?{re.escape(value)}"), None)
                yield name, Setting(value, hit or Hit(text.path, 0, "", ()))
