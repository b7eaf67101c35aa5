"""The facts of a Python application, put together from what each question about it found."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from dockerfiles import native, services, storage
from dockerfiles.analysis import (
    Analysis,
    BaseImages,
    Caution,
    Evidence,
    Healthcheck,
    PackageManager,
    Port,
    ServiceNeed,
    SystemPackages,
    Variable,
)
from dockerfiles.language import Wishes, rebased
from dockerfiles.languages.python import environment, installing, routes, starts, versions
from dockerfiles.languages.python.starts import Started
from dockerfiles.languages.python.survey import Start, Survey
from dockerfiles.languages.python.versions import Chosen
from dockerfiles.recipe import Base
from dockerfiles.tree import Text, Tree

_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_FRAMEWORKS = {"web.py": "web.py", "mcp": "mcp", "discord": "discord-py", "aiogram": "aiogram", "grpc": "grpcio"}
_IMAGE = re.compile(r"^\s*image:\s*[\"']?([\w./:@-]+)")


@dataclass
class Facts:
    """One project on its way to an analysis; each part is asked for once."""

    survey: Survey

    @cached_property
    def started(self) -> Started:
        return starts.choose(self.survey)

    @cached_property
    def version(self) -> Chosen:
        return versions.choose(self.survey.tree, self.survey.manifest, self.survey.wishes)

    @cached_property
    def variables(self) -> tuple[Variable, ...]:
        return environment.variables(self.survey)

    @cached_property
    def system(self) -> SystemPackages:
        return _system(self.survey)


def analyse(tree: Tree, wishes: Wishes) -> Analysis:
    """Return all that is known about the application at the root of a tree.

    Raises:
        Ambiguous: several starts are as likely, and the user said nothing.
    """
    survey = Survey(tree, wishes)
    facts = Facts(survey)
    manifest, started, chosen = survey.manifest, facts.started, facts.version
    main = started.main
    health, health_proof = _health(survey, main)
    needed, service_proof = _services(survey)
    base = base_image(chosen.version.value, manifest.manager)
    folders = storage.folders(_texts(survey))
    return Analysis(
        root=tree.prefix,
        language="python",
        name=manifest.project.name or tree.name,
        version=manifest.project.version,
        language_version=chosen.version,
        framework=main.framework if main else "",
        framework_version=_framework_version(survey, main),
        package_manager=PackageManager(manifest.manager, manifest.manager_version),
        kind=main.kind if main else "library",
        dependency_files=tuple(file for file in manifest.files if file != manifest.lock or manifest.manager == "pip"),
        lock_file=manifest.lock,
        install_commands=installing.commands(survey, main, chosen.version.value),
        build_commands=(started.django.collect,) if started.django and started.django.collects_static else (),
        artefacts=(installing.place(manifest.manager), "."),
        run_command=main.command if main else None,
        release_command=started.release,
        processes=started.processes,
        ports=_ports(main),
        bind_env=dict(main.bind_env) if main else {},
        env=facts.variables,
        system_packages=facts.system,
        services=needed,
        volumes=storage.volumes(folders),
        healthcheck=health,
        base_images=BaseImages(rebased(base, wishes).reference, rebased(base, wishes).reference),
        warnings=tuple(_cautions(survey, started, chosen)),
        confidence=_confidence(survey, main, chosen),
        evidence=(*_evidence(survey, started, chosen), *service_proof, *([health_proof] if health_proof else ())),
    )


def base_image(version: str, manager: str) -> Base:
    """Return the image that has a Python: the slim one, on the Debian release it is made for."""
    if manager == "conda":
        return Base("mambaorg/micromamba", "2.0-debian12-slim", "bookworm")
    # Before 3.7 there was no image on a release of Debian that still gets packages.
    if version.startswith("2.") or version in {"3.5", "3.6"}:
        return Base("python", f"{version}-slim", "")
    return Base("python", f"{version}-slim-bookworm", "bookworm")


def _ports(main: Start | None) -> tuple[Port, ...]:
    if main is None or main.port is None:
        return ()
    proof = main.port_evidence
    return (Port(main.port, source=f"{proof.file}:{proof.line}" if proof else ""),)


def _framework_version(survey: Survey, main: Start | None) -> str:
    name = main.framework if main else ""
    return survey.manifest.version_of(_FRAMEWORKS.get(name, name)) if name else ""


def _health(survey: Survey, main: Start | None) -> tuple[Healthcheck, Evidence | None]:
    if main is None or main.port is None:
        return Healthcheck(), None
    if main.health is not None:
        return main.health, None
    if main.framework != "grpc" and (found := routes.health(survey)):
        path, proof = found
        return Healthcheck("http", path), proof
    return Healthcheck("tcp"), None


def _system(survey: Survey) -> SystemPackages:
    """Return the Debian packages for what is installed: what is named, and what a lock brings along."""
    manifest = survey.manifest
    if manifest.manager == "conda":
        return SystemPackages()  # its packages bring their libraries
    named = [one.spelt for one in manifest.dependencies]
    brought = [name for name in manifest.versions if name not in manifest.names]
    # A lock holds the compiled part of a package under a name of its own.
    if manifest.has("psycopg-binary"):
        named = [name for name in named if name != "psycopg"]
        brought = [name for name in brought if name != "psycopg"]
    compiled = [*manifest.compiled, *(one.name for one in manifest.dependencies if one.url)]
    if "all" in ("".join(name.strip(":") for name in manifest.compiled), *manifest.compiled):
        compiled = [*manifest.names, *manifest.versions]
    found = native.packages("python", [*named, *brought], "bookworm", compiled=compiled)
    build, run, because = list(found.build), list(found.runtime), dict(found.because)
    for one in manifest.dependencies:
        if one.url.startswith("git+"):
            build.append("git")
            because.setdefault("git", one.name)
        if one.url.startswith("git+ssh"):
            build.append("openssh-client")
            because.setdefault("openssh-client", one.name)
    geographic = survey.uses("django") and any(
        "django.contrib.gis" in module.text.content for module in survey.sources.mentioning(re.compile(r"contrib\.gis"))
    )
    if geographic:
        run += ["gdal-bin", "libgdal32", "libgeos-c1v5"]
        because |= dict.fromkeys(("gdal-bin", "libgdal32", "libgeos-c1v5"), "django.contrib.gis")
    return SystemPackages(tuple(sorted(set(build))), tuple(sorted(set(run))), dict(sorted(because.items())))


def _services(survey: Survey) -> tuple[tuple[ServiceNeed, ...], list[Evidence]]:
    """Return the services that the application talks to: by its drivers, and by the addresses in its settings."""
    found: dict[str, tuple[str, int, str]] = {}
    for one in survey.manifest.dependencies:
        service = services.of_driver("python", one.name)
        extras = (services.of_driver("python", extra) for extra in one.extras)
        if service := service or next((name for name in extras if name), None):
            found.setdefault(service, (one.file, one.line, one.text))
    settings = re.compile(r"django\.db\.backends\.(?:postgresql|mysql|oracle)|[a-z0-9+]+://")
    for module in survey.sources.mentioning(settings):
        for number, line in module.text.lines():
            if "://" in line or "django.db.backends" in line:
                service = services.of_address(line) or _backend(line)
                if service and not line.lstrip().startswith("#"):
                    found.setdefault(service, (module.text.path, number, line.strip()))
    versions_of = _composed(survey.tree)
    needed = tuple(
        ServiceNeed(service, versions_of.get(service, ""), f"{file}:{line}" if line else file)
        for service, (file, line, _text) in sorted(found.items())
    )
    return needed, [
        Evidence("services", file, line, text, service) for service, (file, line, text) in sorted(found.items())
    ]


def _backend(line: str) -> str | None:
    found = re.search(r"django\.(?:contrib\.gis\.)?db\.backends\.(postgresql|postgis|mysql|oracle)", line)
    return {"postgresql": "postgres", "postgis": "postgres"}.get(found[1], found[1]) if found else None


def _composed(tree: Tree) -> dict[str, str]:
    """Return the versions of the services that a Compose file beside the project runs."""
    path = tree.first(*_COMPOSE)
    text = tree.text(path) if path else None
    images = (
        services.of_image(found[1]) for _, line in (text.lines() if text else ()) if (found := _IMAGE.match(line))
    )
    return {service: version for one in images if one for service, version in [one]}


def _texts(survey: Survey) -> Iterator[Text]:
    for path in survey.sources.paths:
        if text := survey.tree.text(path):
            yield text


def _evidence(survey: Survey, started: Started, chosen: Chosen) -> Iterator[Evidence]:
    manifest, main = survey.manifest, started.main
    whole = survey.tree.whole
    file = manifest.files[0] if manifest.files else next(iter(survey.sources.paths), "")
    yield Evidence("language", whole(file), 0, file.rpartition("/")[2], "python")
    if manifest.files:
        yield Evidence(
            "package_manager",
            whole(manifest.lock or file),
            0,
            manifest.manager,
            "lock" if manifest.lock else "manifest",
        )
    if main is not None:
        yield from main.evidence
        if main.port_evidence is not None:
            yield main.port_evidence
        if main.framework and (one := manifest.find(_FRAMEWORKS.get(main.framework, main.framework))):
            yield Evidence("framework", one.file, one.line, one.text, "dependency")
    yield from chosen.evidence
    if started.django and (proof := started.django.collects_static):
        yield proof
    yield from started.evidence


def _cautions(survey: Survey, started: Started, chosen: Chosen) -> Iterator[Caution]:
    manifest, main = survey.manifest, started.main
    yield from manifest.cautions
    yield from chosen.cautions
    yield from started.cautions
    yield from main.cautions if main else ()
    file = survey.tree.whole(manifest.files[0]) if manifest.files else ""
    if manifest.files and not manifest.lock:
        text = "versions are not all fixed: another build may install others"
        yield Caution("not-reproducible", file, 0, text)
    for index in manifest.indexes:
        if "//pypi." not in index:
            yield Caution(
                "private-index", file, 0, "it installs from another index: give its login to the build as a secret"
            )
            break
    for path, line, problem in survey.sources.broken[:5]:
        yield Caution("unparsed", path, line, f"it is no Python 3 ({problem}); what it says was not used")


def _confidence(survey: Survey, main: Start | None, chosen: Chosen) -> dict[str, float]:
    sure = {"language": 0.98 if survey.manifest.files else 0.8, "language_version": chosen.confidence}
    if main is not None:
        sure["run_command"] = main.confidence
        sure["ports"] = 0.95 if main.port_evidence or main.port is None else 0.65
    return sure
