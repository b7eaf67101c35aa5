"""Hugo: its configuration under all its names, themes that are modules or submodules, and the version it wants."""

import re
from collections.abc import Iterator, Mapping
from shlex import quote
from typing import Any

from dockerfiles import reading
from dockerfiles.analysis import Caution, Evidence, Version
from dockerfiles.language import Sign, Wishes
from dockerfiles.languages.sites import plan as sites
from dockerfiles.languages.sites.plan import OUT, Plan
from dockerfiles.recipe import Base
from dockerfiles.sources import at_line, first
from dockerfiles.tree import Tree

NEWEST = "0.148.2"

_OWN = tuple(f"{folder}hugo.{kind}" for folder in ("", "config/_default/") for kind in ("toml", "yaml", "yml", "json"))
_SHARED = tuple(
    f"{folder}config.{kind}" for folder in ("", "config/_default/") for kind in ("toml", "yaml", "yml", "json")
)
_FOLDERS = ("content", "layouts", "archetypes", "themes")
_ADDRESS = r"(?im)^\s*[\"']?baseurl[\"']?\s*[:=]\s*[\"']?([^\"'\s,#]*)"
_SLIM = Base("debian", "bookworm-slim")
_NODE = Base("node", "22-bookworm")
_GO = Base("golang", "1.24-bookworm")


def recognise(tree: Tree) -> Sign | None:
    """Return the sign of a site of Hugo; a theme is none."""
    if (file := tree.first(*_OWN)) is not None:
        return Sign(0.99, file, "the configuration of Hugo")
    file = tree.first(*_SHARED)
    text = tree.text(file) if file else None
    if file is None or text is None or tree.has("main.go") or not any(map(tree.has_folder, _FOLDERS)):
        return None
    if first((text,), _ADDRESS) or (tree.has_folder("layouts") and not tree.has_folder("templates")):
        return Sign(0.98, file, "the configuration of a site of Hugo")
    return None


def plan(tree: Tree, wishes: Wishes) -> Plan:
    """Return how a site of Hugo is built: by the published program, checked against its published sum."""
    file = tree.first(*_OWN, *_SHARED) or "hugo.toml"
    settings = _settings(tree, file)
    text = tree.text(file)
    address = first((text,), _ADDRESS) if text else None
    below = sites.path_of(address.groups[0]) if address else ""
    output = sites.folder(settings.get("publishdir"), "public")
    version = sites.wished(wishes.version, _versions(tree), NEWEST)
    modules = tree.has("go.mod") or bool(sites.mapping(settings.get("module")).get("imports"))
    packages = _packages(tree)
    fetched = _fetched(version.value if version.value.count(".") > 1 else f"{version.value}.0")
    history = settings.get("enablegitinfo") is True
    return Plan(
        tool="hugo",
        version=version,
        file=file,
        name=tree.name,
        output=output,
        base=_GO if modules else _NODE if packages else _SLIM,
        build=(f"hugo --gc --minify --noBuildLock --destination {OUT}",),
        below=below,
        manifests=tuple(
            path
            for path in ("go.mod", "go.sum", *(("package.json", "package-lock.json", "yarn.lock") if packages else ()))
            if tree.has(path)
        ),
        lock=next((path for path in ("package-lock.json", "yarn.lock", "go.sum") if tree.has(path)), ""),
        manager="npm" if packages else "",
        install=(*fetched, *(("npm ci",) if tree.has("package-lock.json") else ("npm install",) if packages else ())),
        debian=("hugo", *(("golang",) if modules else ()), *(("nodejs", "npm") if packages else ())),
        installed_by_base=not packages,
        packages=(
            *(() if modules or packages else ("ca-certificates", "curl")),
            *(("git",) if modules else ()),
            *(("nodejs", "npm") if modules and packages else ()),
        ),
        environment={"HUGO_ENABLEGITINFO": "false"} if history else {},
        evidence=tuple(_evidence(tree, file, address.text if address else "", output)),
        warnings=(
            *sites.served_below(below, address.file if address else "", address.line if address else 0),
            *_missing_theme(tree, file, settings, modules=modules),
            *(
                (sites.without_history(tree.whole(file), _line(tree, file, "(?i)enablegitinfo"), "enableGitInfo"),)
                if history
                else ()
            ),
        ),
    )


def _fetched(version: str) -> tuple[str, ...]:
    folder = f"https://github.com/gohugoio/hugo/releases/download/v{version}"
    # The names were others once, and there was one for a single platform only.
    old = int(version.split(".", maxsplit=1)[0]) == 0 and int(version.split(".")[1]) < 103
    platform = "Linux-64bit" if old else "linux-$(dpkg --print-architecture)"
    package = f"hugo_extended_{version}_{platform}.deb"
    return (
        f'package="{package}"',
        f'curl -fsSLO "{folder}/$package"',
        f"curl -fsSLO {folder}/hugo_{version}_checksums.txt",
        f"sha256sum --check --ignore-missing hugo_{version}_checksums.txt",
        'dpkg -i "$package"',
        f'rm "$package" hugo_{version}_checksums.txt',
    )


def _settings(tree: Tree, file: str) -> Mapping[str, Any]:
    """Return the configuration with keys in small letters: Hugo makes no difference."""
    return {str(key).lower(): value for key, value in sites.settings(tree, file).items()}


def _versions(tree: Tree) -> Iterator[Version]:
    yield from sites.written(
        tree,
        (".hugo-version", r"^v?(\d+\.\d+(?:\.\d+)?)"),
        (".hvm", r"^v?(\d+\.\d+(?:\.\d+)?)"),
        (".tool-versions", r"^(?:hugo|gohugo)\s+(?:extended_)?(\d+\.\d+(?:\.\d+)?)"),
    )
    yield from sites.asked_of_platforms(tree, "HUGO_VERSION", "hugo-version")


def _packages(tree: Tree) -> bool:
    """Return whether the site is built with packages of Node: for PostCSS, Tailwind or its scripts."""
    manifest = reading.json_object(tree, "package.json")
    return bool(manifest.get("dependencies") or manifest.get("devDependencies"))


def _missing_theme(tree: Tree, file: str, settings: Mapping[str, Any], *, modules: bool) -> Iterator[Caution]:
    said = settings.get("theme")
    themes = [theme for theme in (said if isinstance(said, list) else [said]) if isinstance(theme, str)]
    at = sites.folder(settings.get("themesdir"), "themes")
    for theme in themes:
        if not modules and "github.com/" not in theme and not tree.has_folder(f"{at}/{theme}"):
            line = _line(tree, file, rf"theme\s*[:=].*{re.escape(theme)}")
            how = "run `git submodule update --init`" if tree.has(".gitmodules") else f"put it into {at}/"
            text = f"its theme {quote(theme)} is not there, and without it nothing is rendered: {how}"
            yield Caution("missing-theme", tree.whole(file), line, text)


def _evidence(tree: Tree, file: str, address: str, output: str) -> Iterator[Evidence]:
    text = tree.text(file)
    if text and address:
        yield at_line(text, address).speaks_for("framework", "base-url")
    if text and output != "public":
        yield at_line(text, output).speaks_for("static", "publish-dir")


def _line(tree: Tree, file: str, pattern: str) -> int:
    text = tree.text(file)
    hit = first((text,), re.compile(pattern, re.MULTILINE)) if text else None
    return hit.line if hit else 0
