"""What an application is made with, when a server or an interpreter carries it: told by its files and its answers."""

import json
import posixpath
import re
from collections.abc import Iterable
from typing import NamedTuple

from container_ci.discovery.facts import Facts
from container_ci.discovery.instances import Instance
from container_ci.discovery.matching import image_name
from container_ci.discovery.programs import program_of
from container_ci.discovery.signatures import FRAMEWORKS

_PYTHON_SERVERS = ("uvicorn", "gunicorn", "hypercorn", "granian", "daphne", "uwsgi", "waitress")
_PYTHON_FRAMEWORKS = ("fastapi", "django", "flask")
_APPLICATION = re.compile(r"^(?P<module>[A-Za-z_][\w.]*):[\w.()]+$|^(?P<bare>[A-Za-z_]\w*(?:\.\w+)*\.[aw]sgi)$")
_PHP_SERVERS = ("apache", "php-fpm", "nginx")


class Framework(NamedTuple):
    """A framework's slug, and what tells of it."""

    slug: str
    because: str


def framework_of(instance: Instance, facts: Facts, port: int | None) -> Framework | None:
    """Return what the application of an instance is made with, None when nothing tells."""
    slug = instance.signature.slug if instance.signature else ""
    if slug in _PYTHON_SERVERS or (not slug and instance.program.language == "python"):
        return _python(instance, facts, port)
    if slug == "node":
        return _node(instance, facts)
    if not slug and instance.program.language == "java":
        return _java(facts)
    if slug in _PHP_SERVERS:
        return _php(facts)
    return None


def wanted_files(instance: Instance, facts: Facts) -> tuple[str, ...]:
    """Return the files of a container that tell what an instance's application is made with, likeliest first."""
    slug = instance.signature.slug if instance.signature else ""
    folder = instance.lead.cwd or facts.workdir
    if slug in _PYTHON_SERVERS:
        return tuple(_module_files(instance, folder))
    target = instance.program.target
    if not slug and instance.program.language == "python" and target:
        return (posixpath.join(folder, target),)
    if slug == "node":
        at = posixpath.dirname(posixpath.normpath(posixpath.join(folder, target)))
        parents = (folder, at, posixpath.dirname(at))
        return tuple(dict.fromkeys(posixpath.join(parent, "package.json") for parent in parents))
    return ()


def server_in(instance: Instance, facts: Facts) -> str:
    """Return the server that an application of its own starts in itself, "" when nothing tells."""
    if instance.signature is not None:
        return ""
    text = "".join(facts.files.get(name, "") for name in wanted_files(instance, facts))
    for server in _PYTHON_SERVERS:
        if re.search(rf"^\s*(?:import|from)\s+{server}\b", text, re.MULTILINE):
            return server
    return ""


def _python(instance: Instance, facts: Facts, port: int | None) -> Framework | None:
    if port is not None and facts.answers.get(port) == "fastapi":
        return Framework("fastapi", f"port {port} answers GET /openapi.json")
    for name in wanted_files(instance, facts):
        text = facts.files.get(name, "")
        for slug in _PYTHON_FRAMEWORKS:
            if re.search(rf"^\s*(?:import|from)\s+{slug}\b", text, re.MULTILINE):
                return Framework(slug, f"file {name}: imports {slug}")
    if "DJANGO_SETTINGS_MODULE" in facts.environment:
        return Framework("django", "env DJANGO_SETTINGS_MODULE")
    if "FLASK_APP" in facts.environment:
        return Framework("flask", "env FLASK_APP")
    for task in instance.tasks:
        if "fastapi" in image_name(facts.image) and "uvicorn" in task.text:
            return Framework("fastapi", f"image {facts.image}")
    return None


def _module_files(instance: Instance, folder: str) -> Iterable[str]:
    for word in program_of(instance.lead).words:
        if found := _APPLICATION.match(word):
            module = (found.group("module") or found.group("bare")).replace(".", "/")
            chosen = _changed_folder(instance)
            base = posixpath.join(folder, chosen) if chosen else folder
            yield posixpath.join(base, f"{module}.py")
            yield posixpath.join(base, module, "__init__.py")
            return


def _changed_folder(instance: Instance) -> str:
    found = re.search(r"\s(?:--chdir|--app-dir)[= ](\S+)", instance.lead.text)
    return found.group(1) if found else ""


def _node(instance: Instance, facts: Facts) -> Framework | None:
    for name in wanted_files(instance, facts):
        wanted = _dependencies(facts.files.get(name, ""))
        for package, slug in (("@nestjs/core", "nestjs"), ("next", "nextjs"), ("nuxt", "nuxt"), ("express", "express")):
            if package in wanted:
                return Framework(slug, f"file {name}: depends on {package}")
    return None


def _dependencies(text: str) -> frozenset[str]:
    try:
        found = json.loads(text)["dependencies"] if text else {}
    except (ValueError, KeyError, TypeError):
        return frozenset()
    return frozenset(found) if isinstance(found, dict) else frozenset()


def _java(facts: Facts) -> Framework | None:
    banner = next(row.banner for row in FRAMEWORKS if row.slug == "spring-boot")
    line = next((line for line in facts.log if re.search(banner, line)), None)
    return None if line is None else Framework("spring-boot", f"log {line.strip()}")


def _php(facts: Facts) -> Framework | None:
    name = image_name(facts.image)
    for slug, marker in (("wordpress", "WORDPRESS_"), ("nextcloud", "NEXTCLOUD_")):
        if name == slug:
            return Framework(slug, f"image {facts.image}")
        if found := next((variable for variable in facts.environment if variable.startswith(marker)), None):
            return Framework(slug, f"env {found}")
    return None
