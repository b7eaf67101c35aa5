"""The facts of a PHP site."""

import re
from dataclasses import replace

from dockerfiles import frontend, manifests, native, routes, services, staging, variables
from dockerfiles.analysis import (
    Analysis,
    BaseImages,
    Caution,
    Command,
    Evidence,
    PackageManager,
    Process,
    ServiceNeed,
    SystemPackages,
    Variable,
)
from dockerfiles.language import Wishes
from dockerfiles.languages.php import extensions, site
from dockerfiles.tree import Text, Tree
from dockerfiles.variables import Way

PORT = 8080
_APACHE = Command(("apache2-foreground",))
INSTALL = (
    "composer install --no-dev --no-interaction --no-progress --prefer-dist --no-scripts --no-autoloader"
    " --ignore-platform-reqs"
)
AUTOLOAD = "composer dump-autoload --no-dev --optimize --no-scripts"
_WAYS = (
    Way(r"\benv\(\s*['\"](\w+)['\"]\s*,\s*['\"]?([^'\")\n]*)['\"]?\s*\)"),
    Way(r"\bgetenv\(\s*['\"](\w+)['\"]\s*\)\s*(?:\?\?|\?:)\s*['\"]?([^'\";)\n]*)"),
    Way(
        r"\$_(?:ENV|SERVER)\[\s*['\"]((?!HTTP_|REQUEST_|SERVER_|REMOTE_|DOCUMENT_|SCRIPT_|PHP_|QUERY_|PATH_|CONTENT_)"
        r"[A-Z][A-Z0-9_]+)['\"]\s*\]\s*\?\?\s*['\"]?([^'\";)\n]*)"
    ),
    Way(r"\$_ENV\[\s*['\"](\w+)['\"]\s*\](?!\s*\?\?)", required=True),
    Way(r"\bgetenv\(\s*['\"](\w+)['\"]\s*\)\s*(?:\?:|or|\|\|)\s*(?:die|exit|throw)", required=True),
    Way(r"\benv\(\s*['\"](\w+)['\"]\s*\)", required=True),
    Way(r"\bgetenv\(\s*['\"](\w+)['\"]"),
)
_SYMFONY = (
    Way(r"env\((?!default:)(?:\w+:)*([A-Z][A-Z0-9_]+)\)%", required=True),
    Way(r"env\(default:\w*:(?:\w+:)*([A-Z][A-Z0-9_]+)\)%"),
    Way(r"^\s*env\(([A-Z][A-Z0-9_]+)\):\s*['\"]?([^'\"\n]*)"),
)
# Laravel's own settings read dozens that only some drivers need; what a project adds of its own is another matter.
_STOCK = re.compile(
    r"(?:^|/)config/(?:app|auth|broadcasting|cache|cors|database|filesystems|hashing|logging|mail|queue|sanctum|services"
    r"|session|view|concurrency|horizon|telescope)\.php:"
)


def analyse(tree: Tree, wishes: Wishes) -> Analysis:
    """Return the facts of the site at the root of a tree."""
    manifest = site.composer(tree)
    framework = site.framework(tree, manifest)
    name = framework.name if framework else ""
    version = site.version(tree, manifest, framework, wishes.version)
    texts = extensions.code(tree)
    wanted, wanted_evidence = extensions.needed(tree, manifest, framework, texts)
    declared = manifests.declared(tree)
    front = frontend.found(tree, "")
    health, health_evidence = routes.health_of(texts, PORT)
    root = site.document_root(tree)
    processes = tuple(one for one in declared.processes if one.name != "web")
    return Analysis(
        root=tree.prefix,
        language="php",
        name=str(manifest.get("name", "")).rpartition("/")[2] or tree.name,
        version=str(manifest.get("version", "")),
        language_version=version,
        framework=name,
        framework_version=framework.version if framework else "",
        package_manager=PackageManager("composer") if manifest else PackageManager(""),
        kind="web",
        dependency_files=("composer.json",) if manifest else (),
        lock_file=tree.first("composer.lock") or "",
        install_commands=(INSTALL,) if manifest else (),
        build_commands=(*((front.build,) if front else ()), *((AUTOLOAD,) if manifest else ())),
        artefacts=((root or ".") if root is not None else "public",),
        run_command=_APACHE,
        release_command=declared.release or _release(tree, manifest, name),
        processes=(Process("web", _APACHE, PORT), *processes) if processes else (),
        ports=staging.ports(PORT),
        env=_variables(tree, name, texts),
        system_packages=_packages(wanted),
        services=_services(tree, manifest),
        volumes=_volumes(tree, name),
        healthcheck=health,
        base_images=BaseImages("composer:2", f"php:{version.value}-apache-bookworm"),
        warnings=(*declared.cautions, *_cautions(tree, manifest)),
        confidence={"language": 1.0, "run_command": 0.95 if root is not None else 0.6, "ports": 1.0},
        evidence=(
            *_evidence(tree, manifest, framework, root),
            *wanted_evidence,
            *((front.evidence,) if front else ()),
            *(one for one in declared.evidence if one.field != "run_command"),
            *health_evidence,
        ),
    )


def _variables(tree: Tree, framework: str, texts: tuple[Text, ...]) -> tuple[Variable, ...]:
    found = variables.read_in(texts, _WAYS)
    if framework == "laravel":
        found = tuple(_as_laravel_reads(one) for one in found)
    if framework == "symfony":
        configured = [
            text
            for path in tree.with_suffix(".yaml", ".yml")
            if path.startswith("config/") and (text := tree.text(path))
        ]
        found = variables.merged(variables.read_in(configured, _SYMFONY), found)
    return variables.merged(found, variables.of_examples(tree))


def _as_laravel_reads(variable: Variable) -> Variable:
    if variable.name == "APP_KEY":
        return replace(variable, required=True, default=None)
    return replace(variable, required=False) if _STOCK.search(variable.source) else variable


def _packages(wanted: dict[str, str]) -> SystemPackages:
    return native.packages("php", [f"ext-{name}" for name in wanted], "bookworm")


def _release(tree: Tree, manifest: dict[str, object], framework: str) -> Command | None:
    if framework == "laravel" and tree.has_folder("database/migrations"):
        return Command(("php", "artisan", "migrate", "--force"))
    if framework == "symfony" and "doctrine/doctrine-migrations-bundle" in site.requirements(manifest):
        return Command(("php", "bin/console", "doctrine:migrations:migrate", "--no-interaction"))
    return None


def _services(tree: Tree, manifest: dict[str, object]) -> tuple[ServiceNeed, ...]:
    found: dict[str, ServiceNeed] = {}
    for hit, service in extensions.databases(tree):
        found.setdefault(service, ServiceNeed(service, source=hit.source))
    text = tree.text("composer.json")
    for name in site.requirements(manifest):
        if (driven := services.of_driver("php", name)) and text is not None:
            found.setdefault(driven, ServiceNeed(driven, source=f"{text.path}:{text.line_of(name)}"))
    return tuple(found[service] for service in sorted(found))


def _volumes(tree: Tree, framework: str) -> tuple[str, ...]:
    home = "/var/www/html"
    match framework:
        case "laravel" | "lumen":
            return (f"{home}/storage",)
        case "wordpress":
            return (f"{home}/wp-content/uploads",) if tree.has_folder("wp-content") else ()
        case _:
            return tuple(
                f"{home}/{folder}" for folder in ("uploads", "public/uploads", "data") if tree.has_folder(folder)
            )


def _cautions(tree: Tree, manifest: dict[str, object]) -> tuple[Caution, ...]:
    if manifest and not tree.has("composer.lock"):
        text = (
            "there is no composer.lock: the build takes whatever versions it finds; run `composer update` and commit it"
        )
        return (Caution("no-lock", tree.whole("composer.json"), 0, text),)
    return ()


def _evidence(
    tree: Tree, manifest: dict[str, object], framework: site.Framework | None, root: str | None
) -> tuple[Evidence, ...]:
    file = "composer.json" if manifest else f"{root or ''}/index.php".lstrip("/")
    found = [Evidence("language", tree.whole(file), 0, "", "composer.json" if manifest else "index.php")]
    if framework:
        found.append(Evidence("framework", tree.whole(framework.file), framework.line, framework.text, "required"))
    if root is not None:
        index = f"{root}/index.php".lstrip("/")
        found.append(Evidence("run_command", tree.whole(index), 0, "", "document-root"))
    return tuple(found)
