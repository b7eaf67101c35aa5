"""Django: its settings, the application its server is given, static files, and what comes before a new version."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from shlex import quote

from dockerfiles.analysis import Caution, Command, Evidence
from dockerfiles.languages.python import servers
from dockerfiles.languages.python.sources import Module, dotted, text_of
from dockerfiles.languages.python.survey import Start, Survey

PORT = 8000
_SETTINGS = re.compile(r"INSTALLED_APPS|ROOT_URLCONF|WSGI_APPLICATION|ASGI_APPLICATION|STATIC_ROOT")
_PRODUCTION = ("production", "prod", "production_settings", "deploy", "live")
_DEVELOPMENT = ("local", "dev", "develop", "development", "test", "testing", "ci")


@dataclass
class Django:
    """The Django project at one place of a tree; `manage` is the path of its manage.py."""

    survey: Survey
    manage: str

    @property
    def base(self) -> str:
        """The folder it is run from."""
        return self.manage.rpartition("/")[0]

    @cached_property
    def settings_module(self) -> tuple[str, int]:
        """The dotted name that manage.py gives, and the line on which it does."""
        module = self.survey.sources.module(self.manage)
        for call in module.calls if module else ():
            if len(call.args) == 2 and text_of(call.args[0]) == "DJANGO_SETTINGS_MODULE":
                return text_of(call.args[1], module) or "", call.lineno
        return "", 0

    @cached_property
    def production_settings(self) -> str:
        """The settings for production where manage.py names others; "" when it names the right ones."""
        name, _ = self.settings_module
        package, _, last = name.rpartition(".")
        if not package or last in _PRODUCTION:
            return ""
        # `shop.settings` may be a package with a module for each place, `config.settings.local` names one of them.
        around = [package] if last in _DEVELOPMENT else [name]
        if last in _DEVELOPMENT or last in {"settings", "base", "common", "defaults"}:
            around.append(package)
        for place in around:
            for each in _PRODUCTION:
                if self.survey.sources.named(f"{place}.{each}", self.base):
                    return f"{place}.{each}"
                if self.survey.sources.named(f"{place}.settings_{each}", self.base):
                    return f"{place}.settings_{each}"
        return ""

    @cached_property
    def settings(self) -> tuple[Module, ...]:
        """The settings that count, the nearest to production first."""
        names = [self.production_settings, self.settings_module[0]]
        named = [self.survey.sources.named(name, self.base) for name in names if name]
        every = [*(one for one in named if one), *self.survey.sources.mentioning(_SETTINGS)]
        unique = {one.path: one for one in every if one.stem not in _DEVELOPMENT}
        return tuple(unique.values())

    def setting(self, name: str) -> tuple[ast.expr, Module] | None:
        """Return what a setting is given, in the first of the settings that has it."""
        for module in self.settings:
            for target, value in reversed(module.assignments):
                if target == name:
                    return value, module
        return None

    @cached_property
    def collects_static(self) -> Evidence | None:
        """What says that static files are collected into a folder."""
        found = self.setting("STATIC_ROOT")
        if found is None or (isinstance(found[0], ast.Constant) and not found[0].value):
            return None
        value, module = found
        return Evidence("build_commands", module.text.path, value.lineno, module.line(value.lineno), "django")

    @property
    def release(self) -> Command:
        return servers.python(self.manage, "migrate", "--noinput")

    @property
    def collect(self) -> str:
        return f"python {quote(self.manage)} collectstatic --noinput"


def found(survey: Survey) -> Django | None:
    """Return the Django project of a tree, None where there is none; one in a folder for tests is none."""
    for path in survey.tree.named("manage.py"):
        text = survey.tree.text(path)
        aside = {"tests", "test", "testproject", "test_project"} & set(path.split("/")[:-1])
        if text and "django" in text.content and path.count("/") <= 3 and not aside:
            return Django(survey, path)
    return None


def start(project: Django) -> Start:
    """Return how a Django project is served."""
    survey, manifest = project.survey, project.survey.manifest
    reference, proof = _application(project, "wsgi")
    asynchronous, asgi_proof = _application(project, "asgi")
    port, base = PORT, project.base
    declared_async = project.setting("ASGI_APPLICATION") is not None
    if asynchronous and (
        manifest.has("channels", "daphne") or (manifest.has("uvicorn") and (declared_async or reference))
    ):
        command, needed = _asgi(project, asynchronous, port)
        proof = asgi_proof
    else:
        command, needed = servers.gunicorn(reference, port, base=base), ("gunicorn",)
    evidence = [Evidence("framework", survey.tree.whole(project.manage), 0, "manage.py", "django")]
    if proof is not None:
        evidence.append(proof)
    return Start(
        command,
        "web",
        0.95 if reference or asynchronous else 0.6,
        tuple(evidence),
        "django",
        port,
        None,
        installs=servers.added(manifest, *needed),
        bind_env=_environment(project),
        module=survey.sources.module(project.manage),
        cautions=tuple(_cautions(project)),
    )


def _application(project: Django, interface: str) -> tuple[str, Evidence | None]:
    """Return the reference of the application as a server is given it: what the settings say, else where it is made."""
    sources = project.survey.sources
    if given := project.setting(f"{interface.upper()}_APPLICATION"):
        value, module = given
        name, _, attribute = (text_of(value, module) or "").rpartition(".")
        if name and sources.named(name, project.base):
            proof = Evidence("run_command", module.text.path, value.lineno, module.line(value.lineno), "django")
            return f"{name}:{attribute}", proof
    marker = re.compile(
        rf"get_{interface}_application|ProtocolTypeRouter" if interface == "asgi" else "get_wsgi_application"
    )
    start = f"{project.base}/" if project.base else ""
    for module in sources.mentioning(marker):
        names = [target for target, _ in module.assignments if target in {"application", "app"}]
        if names and module.path.startswith(start) and module.stem not in {"manage", "settings"}:
            line = module.text.line_of(f"{names[0]} =")
            proof = Evidence("run_command", module.text.path, line, module.line(line), "django")
            return f"{dotted(module.path.removeprefix(start))}:{names[0]}", proof
    if interface == "asgi":
        return "", None
    # Django makes the object itself when the settings name none.
    return "django.core.wsgi:get_wsgi_application()", None


def _asgi(project: Django, reference: str, port: int) -> tuple[Command, tuple[str, ...]]:
    manifest, base = project.survey.manifest, project.base
    if manifest.has("uvicorn"):
        if manifest.has("gunicorn") and "gunicorn" in manifest.names:
            return servers.gunicorn_asgi(reference, port, base=base), ()
        return servers.uvicorn(reference, port, base=base), ()
    command = servers.daphne(reference, port)
    if base:
        # Daphne has no option for it; Python itself has.
        command = Command.for_shell(f"cd {quote(base)} && exec daphne -b 0.0.0.0 -p {port} {reference}")
    return command, ("daphne",)


def _environment(project: Django) -> tuple[tuple[str, str], ...]:
    if project.production_settings:
        return (("DJANGO_SETTINGS_MODULE", project.production_settings),)
    # A server that is given Django's own factory has no manage.py to name the settings.
    reference, proof = _application(project, "wsgi")
    name, _ = project.settings_module
    return (("DJANGO_SETTINGS_MODULE", name),) if proof is None and name and reference else ()


def _cautions(project: Django) -> Iterator[Caution]:
    found = project.setting("DEBUG")
    if found and isinstance(found[0], ast.Constant) and found[0].value is True:
        value, module = found
        yield Caution("debug", module.text.path, value.lineno, "DEBUG is on: turn it off before others can reach it")
    allowed = project.setting("ALLOWED_HOSTS")
    if allowed and isinstance(allowed[0], ast.List) and not allowed[0].elts:
        value, module = allowed
        text = "ALLOWED_HOSTS is empty: without DEBUG every request is refused"
        yield Caution("allowed-hosts", module.text.path, value.lineno, text)
