"""What a PHP project is made with: its framework, its document root, the PHP it needs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockerfiles import reading
from dockerfiles.analysis import Version
from dockerfiles.tree import Tree

VERSIONS = ("8.4", "8.3", "8.2", "8.1", "8.0", "7.4", "7.3", "7.2")
_NEWEST = VERSIONS[0]

_FRAMEWORKS = {
    "laravel/framework": "laravel",
    "laravel/lumen-framework": "lumen",
    "symfony/framework-bundle": "symfony",
    "symfony/symfony": "symfony",
    "drupal/core-recommended": "drupal",
    "drupal/core": "drupal",
    "roots/wordpress": "wordpress",
    "johnpbloch/wordpress": "wordpress",
    "craftcms/cms": "craft",
    "cakephp/cakephp": "cakephp",
    "codeigniter4/framework": "codeigniter",
    "yiisoft/yii2": "yii",
    "laminas/laminas-mvc": "laminas",
    "slim/slim": "slim",
    "mezzio/mezzio": "mezzio",
    "league/route": "league",
}
# The newest PHP that releases of a framework were made for; with a later one they only warn, at best.
_MOST = {
    "laravel": {5: "7.3", 6: "7.4", 7: "7.4", 8: "8.1", 9: "8.2", 10: "8.3"},
    "symfony": {3: "7.3", 4: "7.4", 5: "8.1", 6: "8.3"},
}
_ROOTS = ("public", "web", "webroot", "htdocs", "public_html", "www", "html", "")
_PART = re.compile(r"(>=|<=|!=|[<>=^~])?\s*v?(\d+)(?:\.(\d+|\*|x))?(?:\.(\d+|\*|x))?(?:\.\S+|-\S+)?")


@dataclass(frozen=True, slots=True)
class Framework:
    name: str
    version: str
    file: str
    line: int
    text: str


def composer(tree: Tree) -> dict[str, Any]:
    """Return what composer.json says."""
    return reading.json_object(tree, "composer.json")


def requirements(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return what composer.json requires for production, by name."""
    required = manifest.get("require")
    return {str(name).lower(): str(range_) for name, range_ in required.items()} if isinstance(required, dict) else {}


def locked(tree: Tree) -> dict[str, dict[str, Any]]:
    """Return the packages of composer.lock that go into production, by name."""
    packages = reading.json_object(tree, "composer.lock").get("packages")
    found = packages if isinstance(packages, list) else []
    return {str(one.get("name")): one for one in found if isinstance(one, dict)}


def framework(tree: Tree, manifest: Mapping[str, Any]) -> Framework | None:
    """Return the framework, from composer.json, or from WordPress' own files."""
    required = requirements(manifest)
    text = tree.text("composer.json")
    for package, name in _FRAMEWORKS.items():
        if package in required and text is not None:
            version = str(locked(tree).get(package, {}).get("version", "")).lstrip("v") or required[package]
            line = text.line_of(f'"{package}"')
            return Framework(name, version, "composer.json", line, f'"{package}": "{required[package]}"')
    if tree.has("wp-includes/version.php") or tree.has("wp-config-sample.php"):
        file = tree.first("wp-includes/version.php", "wp-config-sample.php") or ""
        version_text = tree.text("wp-includes/version.php")
        found = re.search(r"\$wp_version\s*=\s*'([\d.]+)'", version_text.content) if version_text else None
        return Framework("wordpress", found[1] if found else "", file, 0, "")
    return None


def document_root(tree: Tree) -> str | None:
    """Return the folder whose index.php is served ("" for the root), None when there is none."""
    return next((root for root in _ROOTS if tree.has(f"{root}/index.php".lstrip("/"))), None)


def version(tree: Tree, manifest: Mapping[str, Any], framework_: Framework | None, wished: str) -> Version:
    """Return the PHP: the platform's of composer.json, else the newest that its range and its framework allow."""
    if wished:
        return Version(wished, wished, "--version")
    text = tree.text("composer.json")
    platform = manifest.get("config", {}).get("platform", {}) if isinstance(manifest.get("config"), dict) else {}
    if text is not None and isinstance(platform, dict) and isinstance(exact := platform.get("php"), str):
        numbers = re.match(r"(\d+\.\d+)", exact)
        if numbers:
            line = text.line_of('"platform"')
            return Version(numbers[1], exact, f"{text.path}:{line}")
    wanted = requirements(manifest).get("php", "")
    most = _MOST.get(framework_.name, {}).get(_major(framework_.version), _NEWEST) if framework_ else _NEWEST
    fitting = [one for one in VERSIONS if allows(wanted, one)] or list(VERSIONS)
    value = next((one for one in fitting if _numbers(one) <= _numbers(most)), fitting[-1])
    source = f"{text.path}:{text.line_of(chr(34) + 'php' + chr(34))}" if text is not None and wanted else ""
    return Version(value, wanted, source)


def allows(range_: str, version_: str) -> bool:
    """Say whether a range as composer writes it has releases of a version (`8.2`) in it."""
    return any(
        all(_fits(part, _numbers(version_)) for part in _PART.finditer(alternative))
        for alternative in re.split(r"\s*\|\|?\s*", range_)
    )


def _fits(part: re.Match[str], version_: tuple[int, int]) -> bool:
    operator, major, minor = part[1] or "=", int(part[2]), part[3]
    any_minor = minor in {None, "*", "x"}
    bound = (major, 0 if any_minor or minor is None else int(minor))
    same = version_[0] == major if any_minor else version_ == bound
    ranges = {
        "^": version_ >= bound and version_[0] == major,
        "~": version_ >= bound and version_[0] == major and (part[4] is None or version_ == bound),
        ">=": version_ >= bound,
        ">": version_ >= bound,
        "<": version_ < bound,
        "<=": version_ <= bound,
        "!=": True,
    }
    return ranges.get(operator, same)


def _numbers(version_: str) -> tuple[int, int]:
    major, _, minor = version_.partition(".")
    return int(major), int(minor or 0)


def _major(version_: str) -> int:
    found = re.search(r"\d+", version_)
    return int(found[0]) if found else 0
