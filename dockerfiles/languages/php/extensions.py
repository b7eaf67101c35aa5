"""The extensions that a project needs beyond those in PHP's own image, each with what asks for it."""

from collections.abc import Iterator, Mapping
from typing import Any

from dockerfiles import services
from dockerfiles.analysis import Evidence
from dockerfiles.languages.php import site
from dockerfiles.sources import Hit, first, search, sources
from dockerfiles.tree import Text, Tree

# Those that PHP's sources bring along, and those of its library of extensions, at releases that are known.
SHIPPED = frozenset(
    {
        *("bcmath", "bz2", "calendar", "dba", "enchant", "exif", "ffi", "gd", "gettext", "gmp", "imap", "intl", "ldap"),
        *("mysqli", "pcntl", "pdo_dblib", "pdo_mysql", "pdo_odbc", "pdo_pgsql", "pgsql", "pspell", "shmop", "snmp"),
        *("soap", "sockets", "sysvmsg", "sysvsem", "sysvshm", "tidy", "xsl", "zip", "opcache"),
    }
)
LIBRARY = {
    "redis": "6.1.0",
    "imagick": "3.8.0",
    "memcached": "3.3.0",
    "mongodb": "1.20.1",
    "amqp": "2.1.2",
    "apcu": "5.1.24",
    "rdkafka": "6.0.5",
    "yaml": "2.2.4",
    "igbinary": "3.2.16",
    "swoole": "5.1.6",
    "ssh2": "1.4.1",
}
_FUNCTIONS = {
    "mysqli": r"\b(mysqli_\w+\s*\(|new\s+\\?mysqli\b)",
    "pgsql": r"\b(pg_\w+\s*\()",
    "gd": r"\b(imagecreate\w*\s*\(|imagejpeg\s*\(|imagepng\s*\()",
    "imagick": r"(new\s+\\?Imagick\b)",
    "intl": r"(new\s+\\?(?:NumberFormatter|IntlDateFormatter|Collator)\b)",
    "zip": r"(new\s+\\?ZipArchive\b)",
    "soap": r"(new\s+\\?Soap(?:Client|Server)\b)",
    "bcmath": r"\b(bc(?:add|sub|mul|div|pow)\s*\()",
    "exif": r"\b(exif_\w+\s*\()",
    "ldap": r"\b(ldap_\w+\s*\()",
    "redis": r"(new\s+\\?Redis\s*\()",
    "memcached": r"(new\s+\\?Memcached\b)",
    "sockets": r"\b(socket_create\s*\()",
    "pcntl": r"\b(pcntl_\w+\s*\()",
    "gmp": r"\b(gmp_\w+\s*\()",
    "pdo_mysql": r"[\"'](mysql:(?:host|dbname|unix_socket|\{|\$))",
    "pdo_pgsql": r"[\"'](pgsql:(?:host|dbname|\{|\$))",
}
_BY_SERVICE = {"mysql": "pdo_mysql", "postgres": "pdo_pgsql"}
_CONNECTION = r"^\s*(?:DB_CONNECTION)\s*=\s*[\"']?(mysql|mariadb|pgsql|sqlsrv)"
_DEFAULT = r"'default'\s*=>\s*env\('DB_CONNECTION',\s*'(mysql|mariadb|pgsql)'"


def code(tree: Tree) -> tuple[Text, ...]:
    """Return the project's code, comments blanked."""
    return sources(
        tree, ".php", style="php", tests=r"(?:^|/)(?:tests?|wp-includes|wp-admin)/", within=frozenset({"bin"})
    )


def needed(
    tree: Tree, manifest: Mapping[str, Any], framework: site.Framework | None, texts: tuple[Text, ...]
) -> tuple[dict[str, str], tuple[Evidence, ...]]:
    """Return the extensions with what asks for them, and the evidence."""
    because: dict[str, str] = {}
    evidence: list[Evidence] = []
    for name, reason, seen in (*_required(tree, manifest), *_used(texts), *_database(tree), *_usual(framework)):
        if (name in SHIPPED or name in LIBRARY) and name not in because:
            because[name] = reason
            if seen is not None:
                evidence.append(seen)
    return {name: because[name] for name in sorted(because)}, tuple(evidence)


def _required(tree: Tree, manifest: Mapping[str, Any]) -> Iterator[tuple[str, str, Evidence | None]]:
    text = tree.text("composer.json")
    for name in site.requirements(manifest):
        if name.startswith("ext-") and text is not None:
            line = text.line_of(f'"{name}"')
            yield name[4:], name, Evidence("system_packages", text.path, line, name, "composer.json")
    for package, entry in site.locked(tree).items():
        required = entry.get("require")
        for name in required if isinstance(required, dict) else ():
            if name.startswith("ext-"):
                yield name[4:], package, None


def _used(texts: tuple[Text, ...]) -> Iterator[tuple[str, str, Evidence | None]]:
    for name, pattern in _FUNCTIONS.items():
        if hit := first(texts, pattern):
            yield name, hit.groups[0].rstrip("( "), hit.speaks_for("system_packages", "function")


def _database(tree: Tree) -> Iterator[tuple[str, str, Evidence | None]]:
    """Yield the driver of the database that settings name; of an address only its scheme is looked at."""
    for hit, service in databases(tree):
        if extension := _BY_SERVICE.get(service):
            yield extension, service, hit.speaks_for("system_packages", "database")


def databases(tree: Tree) -> Iterator[tuple[Hit, str]]:
    """Yield the databases that settings name, and where."""
    named = {"pgsql": "postgres", "mariadb": "mysql", "sqlsrv": "mssql"}
    for path, pattern in ((".env.example", _CONNECTION), (".env.dist", _CONNECTION), ("config/database.php", _DEFAULT)):
        if (text := tree.text(path)) is not None and (hit := first((text,), pattern)):
            yield hit, named.get(hit.groups[0], hit.groups[0])
            return
    # Symfony's .env is part of the project: what is secret goes elsewhere. Still only the scheme is taken from it.
    if (text := tree.text(".env")) is not None and tree.has("bin/console"):
        for hit in search((text,), r"^\s*(DATABASE_URL)\s*=.*$"):
            line = text.content.split("\n")[hit.line - 1]
            if service := services.of_address(line):
                yield Hit(hit.file, hit.line, f"DATABASE_URL={service}://…", ()), service


def _usual(framework: site.Framework | None) -> Iterator[tuple[str, str, Evidence | None]]:
    yield "opcache", "every PHP site", None
    if framework is None:
        return
    usual = {"wordpress": ("mysqli", "gd", "exif", "zip", "intl"), "drupal": ("gd", "pdo_mysql"), "symfony": ("intl",)}
    for name in usual.get(framework.name, ()):
        yield name, framework.name, None
