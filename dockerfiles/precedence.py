"""What goes before what: the user's word, then a Dockerfile of the project's own, then what a language found."""

import re
from collections.abc import Iterable
from dataclasses import replace

from dockerfiles.advice import DEV_SERVER, advice
from dockerfiles.analysis import Analysis, Caution, Evidence, Port
from dockerfiles.commands import parsed, shown
from dockerfiles.existing import Declaration, declaration, existing
from dockerfiles.language import Language, Wishes
from dockerfiles.recipe import Runtime
from dockerfiles.tree import Tree

# What is found with less is a guess by custom, and anything that the project says goes before it.
_BY_CUSTOM = 0.7


def settled(language: Language, tree: Tree, wishes: Wishes) -> Analysis:
    """Return what an application is, all that speaks for it weighed."""
    analysis = language.analyse(tree, wishes)
    analysis = replace(analysis, existing=existing(tree))
    if (declared := declaration(tree)) and not declared.generated:
        analysis = _with_declared(analysis, declared, tree)
    notes = tuple(Caution(note.code, note.file, 0, note.text) for note in tree.notes)
    return _with_wishes(replace(analysis, warnings=tuple(dict.fromkeys([*analysis.warnings, *notes]))), wishes)


def as_wished(runtime: Runtime, wishes: Wishes) -> Runtime:
    """Return how an image runs, where the user says so."""
    if wishes.command:
        runtime = replace(runtime, command=parsed(wishes.command))
    return replace(runtime, port=wishes.port) if wishes.port else runtime


def _with_declared(analysis: Analysis, declared: Declaration, tree: Tree) -> Analysis:
    if declared.ports and analysis.confidence.get("ports", 0.0) < _BY_CUSTOM and analysis.kind in {"web", "static"}:
        port, line = declared.ports[0]
        evidence = Evidence("ports", declared.path, line, f"EXPOSE {port}", "existing-dockerfile")
        found = Port(port, source=f"{declared.path}:{line}")
        others = tuple(each for each in analysis.ports[1:] if each.port != port)
        analysis = _decided(replace(analysis, ports=(found, *others)), [evidence], 0.8)
    unsure = analysis.run_command is None or analysis.confidence.get("run_command", 0.0) < _BY_CUSTOM
    if unsure and declared.command and _can_be_run(shown(declared.command[0]), tree):
        command, line = declared.command
        evidence = Evidence("run_command", declared.path, line, shown(command), "existing-dockerfile")
        analysis = _decided(replace(analysis, run_command=command), [evidence], 0.8)
    return replace(analysis, warnings=(*analysis.warnings, *advice(declared, analysis, tree)))


def _can_be_run(line: str, tree: Tree) -> bool:
    """Return whether a command of an existing file makes sense in another image: it names only what the project has."""
    if DEV_SERVER.search(line) or re.search(r"(^|\s)/(?!dev/)\S+", line):
        return False
    files = re.findall(r"(?<![\w./-])(?:\./)?([\w][\w./-]*\.(?:py|js|mjs|cjs|rb|php|sh))\b", line)
    return all(tree.has(file) for file in files)


def _with_wishes(analysis: Analysis, wishes: Wishes) -> Analysis:
    said = []
    if wishes.command:
        analysis = replace(analysis, run_command=parsed(wishes.command))
        said.append(Evidence("run_command", "--command", 0, wishes.command, "said"))
    if wishes.port:
        others = tuple(port for port in analysis.ports[1:] if port.port != wishes.port)
        analysis = replace(analysis, ports=(Port(wishes.port, source="--port"), *others))
        said.append(Evidence("ports", "--port", 0, str(wishes.port), "said"))
    return _decided(analysis, said, 1.0) if said else analysis


def _decided(analysis: Analysis, by: Iterable[Evidence], confidence: float) -> Analysis:
    """Return an analysis in which this evidence alone speaks for its fields."""
    by = tuple(by)
    fields = {each.field for each in by}
    kept = (each for each in analysis.evidence if each.field not in fields)
    sure = {**analysis.confidence, **dict.fromkeys(sorted(fields), confidence)}
    return replace(analysis, evidence=(*by, *kept), confidence=sure)
