"""The ports of an application, and what has to be set so that it can be reached from outside."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dockerfiles.analysis import Caution, Evidence, Port
from dockerfiles.languages.node.environment import EXAMPLES
from dockerfiles.languages.node.ports import Listener
from dockerfiles.languages.node.project import Project
from dockerfiles.languages.node.shaping import Known

_ANY = "0.0.0.0"  # noqa: S104 - inside its own network namespace
_OPTION = re.compile(r"(?:^|\s)(?:-p|--port|-l)[= ]['\"]?(?:\$\{\w+:?[-=])?(\d{2,5})\b")
_CONFIGS = (
    "config/default.json",
    "config/default.json5",
    "config/default.yaml",
    "config/default.yml",
    "config/production.json",
)


@dataclass(frozen=True, slots=True)
class Listening:
    """`bind` is the environment that makes it reachable; `honours`: it listens on `PORT` when that is set."""

    ports: tuple[Port, ...] = ()
    honours: bool = False
    bind: Mapping[str, str] = field(default_factory=dict)
    confidence: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    cautions: tuple[Caution, ...] = ()


def listening(project: Project, known: Known) -> Listening:
    """Return where an application listens; nowhere for what is no server."""
    if known.shape.kind != "web" or known.shape.port is None:
        return Listening()
    first = _main(known)
    if first is None:
        return _by_framework(known)
    port, sure, evidence = _port_of(project, known, first)
    bind = dict(known.shape.bind)
    if first.port is None and first.variables and first.variables[0] != "PORT":
        bind[first.variables[0]] = str(port)
    cautions = []
    if _only_loopback(project, known, first):
        if first.host_variables:
            bind[first.host_variables[0]] = _ANY
        else:
            cautions.append(_caution(first))
    others = _others(known.listeners, first, port)
    source = f"{first.file}:{first.line}"
    return Listening(
        (Port(port, source=source), *others),
        "PORT" in first.variables or _given_port(known),
        bind,
        sure,
        tuple(evidence),
        tuple(cautions),
    )


def _given_port(known: Known) -> bool:
    return known.start is not None and any(re.search(r"\$\{?PORT\b", word) for word in known.start.words)


def _main(known: Known) -> Listener | None:
    """The first call that listens on a port that can be known; in the order of what the program runs."""
    if known.shape.needs_port:
        return None
    with_port = [one for one in known.listeners if one.port is not None and "PORT" in one.variables]
    certain = [one for one in known.listeners if one.variables or (one.port or 0) >= 1024 or one.port in {80, 443}]
    return next(iter(with_port), None) or next(iter(certain), None) or next(iter(known.listeners), None)


def _port_of(project: Project, known: Known, first: Listener) -> tuple[int, float, list[Evidence]]:
    evidence = [Evidence("ports", first.file, first.line, first.text, "listen")]
    given = known.start.environment if known.start else {}
    for name in first.variables:
        if (text := given.get(name, "")).isdigit():
            return int(text), 0.9, evidence
    words = " ".join(known.start.words) if known.start else ""
    option = _OPTION.search(words)
    if option and known.start:
        said = [Evidence("ports", one.file, one.line, one.text, "option") for one in known.start.evidence]
        return int(option[1]), 0.9, [*said, *evidence]
    if first.port is not None:
        return first.port, 0.95, evidence
    if found := next(_elsewhere(project, first.variables), None):
        port, told = found
        return port, 0.8, [*evidence, told]
    return known.shape.port or 3000, 0.6, evidence


def _elsewhere(project: Project, names: Iterable[str]) -> Iterator[tuple[int, Evidence]]:
    """A port that the code leaves to its surroundings: an example of those, or a configuration of the project's."""
    for path in EXAMPLES:
        text = project.tree.text(path)
        for number, line in text.lines() if text else ():
            found = re.match(r"\s*(\w+)\s*=\s*['\"]?(\d{2,5})\b", line)
            if text and found and found[1] in {*names, *(() if names else ("PORT",))}:
                yield int(found[2]), Evidence("ports", text.path, number, line.strip(), "example of the environment")
    for path in _CONFIGS if project.has("config") else ():
        text = project.tree.text(path)
        for number, line in text.lines() if text else ():
            if text and (found := re.match(r"\s*['\"]?port['\"]?\s*:\s*['\"]?(\d{2,5})\b", line, re.IGNORECASE)):
                yield int(found[1]), Evidence("ports", text.path, number, line.strip(), "configuration")


def _by_framework(known: Known) -> Listening:
    """No call says where: the options of the command do, or the framework's own default."""
    begun = known.start
    port, sure, source = known.shape.port or 3000, 0.85 if known.shape.needs_port else 0.5, ""
    evidence: tuple[Evidence, ...] = ()
    words = " ".join(begun.words) if begun else ""
    told = _OPTION.search(words)
    given = begun.environment.get("PORT", "") if begun else ""
    if told or given.isdigit():
        port, sure = int(told[1]) if told else int(given), 0.95
        evidence = tuple(
            Evidence("ports", one.file, one.line, one.text, "option") for one in (begun.evidence if begun else ())
        )
        source = f"{evidence[0].file}:{evidence[0].line}" if evidence else ""
    honours = known.shape.needs_port and (not told or "$PORT" in words or "${PORT" in words)
    return Listening(
        (Port(port, source=source or f"{known.shape.name}'s default"),), honours, known.shape.bind, sure, evidence
    )


def _only_loopback(project: Project, known: Known, first: Listener) -> bool:
    if first.on_loopback:
        return True
    # Fastify listens on localhost when it is given no host.
    return known.shape.name == "fastify" and not first.host and not first.host_variables and project.has("fastify")


def _caution(first: Listener) -> Caution:
    text = f"it listens on {first.host or 'localhost'} alone, which nobody outside reaches: listen on {_ANY}"
    return Caution("loopback", first.file, first.line, text)


def _others(listeners: Iterable[Listener], first: Listener, port: int) -> tuple[Port, ...]:
    found: dict[int, Port] = {}
    for one in listeners:
        if (
            one.port is not None
            and one is not first
            and one.port != port
            and not (set(one.variables) & set(first.variables))
        ):
            found.setdefault(one.port, Port(one.port, source=f"{one.file}:{one.line}"))
    return tuple(found.values())
