"""What `ergon dockerfile` prints: facts with their evidence, explanations, lists; and the same for programs."""

from collections.abc import Iterator, Sequence
from typing import Any

import click

from console.cli.options import print_json
from console.cli.session import note
from console.cli.tables import Cell, Row, print_section, print_table
from console.cli.text import visible
from dockerfiles import analysis as facts
from dockerfiles.analysis import SCHEMA, Analysis, Evidence
from dockerfiles.commands import shown
from dockerfiles.generating import Generated
from dockerfiles.keeping import Change

_NARROW = 100


def as_json(made: Sequence[Generated], *, facts_only: bool) -> dict[str, Any]:
    """Return what is printed for programs: one object, or for several applications `apps`."""
    each = [facts.as_json(one.analysis) if facts_only else _generated(one) for one in made]
    return each[0] if len(each) == 1 else {"schema": SCHEMA, "root": "", "kind": "monorepo", "apps": each}


def print_applications(made: Sequence[Generated], width: int | None) -> None:
    """Print the applications of a project, a line each."""
    rows = [
        [
            one.analysis.root or ".",
            _what(one.analysis),
            ", ".join(str(port.port) for port in one.analysis.ports) or "-",
            shown(one.analysis.run_command) if one.analysis.run_command else "-",
        ]
        for one in made
    ]
    print_table(("APPLICATION", "WHAT", "PORT", "RUNS"), rows, width)


def print_facts(analysis: Analysis, width: int | None) -> None:
    """Print what an application is, each fact with the place that speaks for it."""
    click.secho(visible(f"{analysis.name or analysis.root or 'application'}: {_what(analysis)}"), bold=True)
    print_table(("FACT", "FROM", "VALUE"), [row for row in _facts(analysis) if row[2]], width)
    variables = [
        [
            each.name,
            "required" if each.required else "",
            "secret" if each.secret else "",
            each.default or "",
            each.source,
        ]
        for each in analysis.env
    ]
    print_section(width, "Environment", ("NAME", "", "", "DEFAULT", "READ AT"), variables)
    choices = [[each.field, each.value, each.flag, each.evidence] for each in analysis.choices]
    print_section(width, "Choices", ("FIELD", "VALUE", "FLAG", "EVIDENCE"), choices)
    warnings: list[Row] = [
        [Cell(each.code, "yellow"), _place(each.file, each.line), each.text] for each in analysis.warnings
    ]
    print_section(width, "To know", ("WHAT", "WHERE", ""), warnings)


def print_explanation(one: Generated) -> None:
    """Print the Dockerfile, each instruction after its reason and the evidence."""
    for number, each in enumerate(one.explanation):
        if number:
            click.echo()
        click.secho(f"# {visible(each.why)}", fg="cyan")
        for evidence in each.evidence[:4]:
            click.secho(f"#   {_place(evidence.file, evidence.line)}: {visible(evidence.text[:_NARROW])}", fg="cyan")
        first, *more = each.instruction.split("\n")
        click.echo(f"{each.line:>4}  {visible(first)}")
        for line in more:
            click.echo(f"      {visible(line)}")


def note_what_matters(analysis: Analysis) -> None:
    """Tell on standard error what a user has to know before building."""
    note(f"{visible(analysis.root or analysis.name or 'application')}: {visible(_what(analysis))}")
    if needed := [each.name for each in analysis.env if each.required and not each.build_time]:
        note(f"note: has to be set when it runs: {visible(', '.join(needed))}")
    for each in analysis.warnings:
        note(f"note: {visible(_place(each.file, each.line))}: {visible(each.text)}")
    for choice in analysis.choices:
        note(f"note: {visible(choice.field)}: {visible(choice.value)} with {visible(choice.flag)}")


def report_written(changes: Sequence[Change], *, as_json: bool) -> None:
    """Say which files were written, and which were as they should be."""
    if as_json:
        print_json(
            {"files": [{"path": one.path, "written": one.differs, "new": one.before is None} for one in changes]}
        )
        return
    for change in changes:
        done = "written" if change.differs else "unchanged"
        click.echo(f"{visible(change.path)}: {done}")


def print_check(found: Sequence[tuple[Generated, list[str]]], *, as_json: bool) -> None:
    """Print for each application whether its Dockerfile still fits, and if not, why."""
    if as_json:
        apps = [{"root": one.analysis.root, "fits": not why, "reasons": why} for one, why in found]
        print_json({"fits": not any(why for _, why in found), "apps": apps})
        return
    for one, why in found:
        click.echo(f"{visible(one.analysis.root or '.')}: {'the Dockerfile fits' if not why else 'it no longer fits'}")
        for reason in why:
            click.echo(f"  {visible(reason)}")


def _generated(one: Generated) -> dict[str, Any]:
    explanation = [
        {
            "line": each.line,
            "instruction": each.instruction,
            "why": each.why,
            "evidence": list(map(_quoted, each.evidence)),
        }
        for each in one.explanation
    ]
    return {
        "analysis": facts.as_json(one.analysis),
        "context": one.context,
        "dockerfile": one.dockerfile,
        "dockerignore": one.dockerignore,
        "explanation": explanation,
    }


def _quoted(evidence: Evidence) -> dict[str, Any]:
    return {"file": evidence.file, "line": evidence.line, "text": evidence.text, "rule": evidence.rule}


def _what(analysis: Analysis) -> str:
    words = [
        f"{analysis.language} {analysis.language_version.value}".strip(),
        f"{analysis.framework} {analysis.framework_version}".strip(),
        analysis.kind if analysis.kind != analysis.language else "",
    ]
    return ", ".join(filter(None, words))


def _facts(analysis: Analysis) -> Iterator[tuple[str, str, str]]:
    places = {each.field.partition(".")[0]: _place(each.file, each.line) for each in reversed(analysis.evidence)}
    values = {
        "run_command": shown(analysis.run_command) if analysis.run_command else "",
        "processes": ", ".join(f"{one.name}: {shown(one.command)}" for one in analysis.processes[1:]),
        "release_command": shown(analysis.release_command) if analysis.release_command else "",
        "ports": ", ".join(str(each.port) for each in analysis.ports),
        "language_version": _version(analysis),
        "package_manager": f"{analysis.package_manager.name} {analysis.package_manager.version}".strip(),
        "lock_file": analysis.lock_file,
        "install_commands": "; ".join(analysis.install_commands),
        "build_commands": "; ".join(analysis.build_commands),
        "artefacts": ", ".join(analysis.artefacts),
        "services": ", ".join(f"{each.type} {each.version}".strip() for each in analysis.services),
        "system_packages": ", ".join((*analysis.system_packages.build, *analysis.system_packages.runtime)),
        "volumes": ", ".join(analysis.volumes),
        "healthcheck": f"{analysis.healthcheck.kind} {analysis.healthcheck.path}".strip(),
        "base_images": ", ".join(dict.fromkeys(filter(None, (analysis.base_images.build, analysis.base_images.run)))),
        "existing": ", ".join(filter(None, (analysis.existing.dockerfile, analysis.existing.compose))),
    }
    for name, value in values.items():
        yield name.replace("_", " "), places.get(name, ""), value


def _version(analysis: Analysis) -> str:
    version = analysis.language_version
    return f"{version.value} (of {version.constraint})" if version.constraint else version.value


def _place(file: str, line: int) -> str:
    return f"{file}:{line}" if line else file or "the project"
