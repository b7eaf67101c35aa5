"""Jekyll, Middleman and Nanoc: generators that are gems, as their Gemfile names them."""

import re
from collections.abc import Iterator, Mapping
from shlex import quote
from typing import Any

from dockerfiles import reading
from dockerfiles.analysis import Caution, Version
from dockerfiles.language import Sign, Wishes
from dockerfiles.languages.ruby import gems
from dockerfiles.languages.sites import plan as sites
from dockerfiles.languages.sites.plan import OUT, Plan
from dockerfiles.recipe import Base
from dockerfiles.sources import at_line, first
from dockerfiles.tree import Tree

_CONFIG = ("_config.yml", "_config.yaml", "_config.toml")
_JEKYLL = "4.4.1"
_GEMFILES = ("Gemfile", "gems.rb")
_PAGES = ("_posts", "_layouts", "_includes", "_pages", "_data", "_sass", "_drafts")
_NANOC = ("nanoc.yaml", "config.yaml")
# What a build installs where no Gemfile pins anything; of others the newest.
_PINS = {
    "minima": "2.5.2",
    "jekyll-feed": "0.17.0",
    "jekyll-sitemap": "1.4.0",
    "jekyll-seo-tag": "2.8.0",
    "jekyll-paginate": "1.1.0",
    "jekyll-redirect-from": "0.16.0",
    "jekyll-remote-theme": "0.4.3",
}
_BUNDLE = ("gem install --no-document bundler", "bundle install")


def jekyll(tree: Tree) -> Sign | None:
    """Return the sign of a site of Jekyll. Hexo and Jupyter Book have a `_config.yml`, too."""
    file = tree.first(*_CONFIG)
    # An application may have notes that Jekyll shows; only this gem makes one of the site.
    if tree.has("config.ru") and not _names(tree, "rack-jekyll"):
        return None
    gemfile = _names(tree, r"jekyll(?:-[\w-]+)?|github-pages")
    if gemfile and (file or any(map(tree.has_folder, _PAGES))) and not _is_theme(tree):
        return Sign(0.98, file or gemfile, "a site of Jekyll")
    if file is None or tree.has("_toc.yml") or _is_hexo(tree):
        return None
    if any(map(tree.has_folder, _PAGES[:3])):
        return Sign(0.95, file, "the configuration of a site of Jekyll")
    # Many a project has one only so that its notes are shown with a theme.
    return Sign(0.5, file, "a configuration of Jekyll") if tree.first("index.md", "index.markdown") else None


def middleman(tree: Tree) -> Sign | None:
    """Return the sign of a site of Middleman."""
    if tree.has("config.rb") and _names(tree, r"middleman(?:-[\w-]+)?") and not tree.has("config.ru"):
        return Sign(0.97, "config.rb", "the configuration of Middleman")
    return None


def nanoc(tree: Tree) -> Sign | None:
    """Return the sign of a site of Nanoc."""
    file = tree.first(*_NANOC)
    return Sign(0.97, file, "the configuration of Nanoc") if file and _names(tree, "nanoc") else None


def jekyll_plan(tree: Tree, wishes: Wishes) -> Plan:
    """Return how a site of Jekyll is built."""
    file = tree.first(*_CONFIG) or tree.first(*_GEMFILES) or _CONFIG[0]
    settings = sites.settings(tree, file)
    base_path = sites.path_of(f"/{sites.text(settings.get('baseurl')).strip('/')}")
    bundled = _names(tree, r"jekyll(?:-[\w-]+)?|github-pages")
    version, manifests, lock, install, manager = _gems(tree, "jekyll")
    if not bundled:
        version = sites.wished(wishes.version, (), _JEKYLL)
        manifests, lock, manager = (), "", "gem"
        extra = " ".join(map(quote, _plugins(settings)))
        install = (f"gem install --no-document jekyll:{version.value} {extra}".strip(),)
    prefix = "bundle exec " if bundled else ""
    text = tree.text(file)
    said = at_line(text, "baseurl") if text else None
    return Plan(
        tool="jekyll",
        version=version,
        file=file,
        name=tree.name,
        output=sites.folder(settings.get("destination"), "_site"),
        base=_ruby(tree),
        build=(f"{prefix}jekyll build --destination {OUT}",),
        below=base_path,
        manifests=manifests,
        lock=lock,
        manager=manager,
        install=install,
        debian=("ruby-full", "bundler", "build-essential", "jekyll"),
        installed_by_base=not bundled,
        environment={"JEKYLL_ENV": "production", "LC_ALL": "C.UTF-8"},
        evidence=tuple(
            at_line(text, key).speaks_for(field, "config")
            for key, field in (("title", "framework"), ("destination", "static"))
            if text and key in settings
        ),
        warnings=(
            *sites.served_below(base_path, said.file if said else "", said.line if said else 0),
            *_unlocked(tree, lock, bundled),
        ),
    )


def middleman_plan(tree: Tree, _wishes: Wishes) -> Plan:
    """Return how a site of Middleman is built: into the folder that its configuration names."""
    text = tree.text("config.rb")
    hit = first((text,), r"^\s*set\s*\(?\s*:build_dir\s*,\s*[\"']([^\"']+)[\"']") if text else None
    output = sites.folder(hit.groups[0] if hit else "", "build")
    command = "bundle exec middleman build"
    # Its pipeline of scripts needs a JavaScript engine.
    return _of_gems(tree, "middleman", file="config.rb", output=output, command=command, packages=("nodejs",))


def nanoc_plan(tree: Tree, _wishes: Wishes) -> Plan:
    """Return how a site of Nanoc is built."""
    file = tree.first(*_NANOC) or _NANOC[0]
    output = sites.folder(sites.settings(tree, file).get("output_dir"), "output")
    return _of_gems(tree, "nanoc", file=file, output=output, command="bundle exec nanoc compile")


def _of_gems(tree: Tree, tool: str, *, file: str, output: str, command: str, packages: tuple[str, ...] = ()) -> Plan:
    version, manifests, lock, install, manager = _gems(tree, tool)
    text = tree.text(file)
    return Plan(
        tool=tool,
        version=version,
        file=file,
        name=tree.name,
        output=output,
        made=f"/src/{output}",
        base=_ruby(tree),
        build=(f"rm -rf {quote(output)}", command),
        manifests=manifests,
        lock=lock,
        manager=manager,
        install=install,
        debian=("ruby-full", "bundler", "build-essential"),
        packages=packages,
        environment={"LC_ALL": "C.UTF-8"},
        evidence=(at_line(text, output).speaks_for("static", "output"),) if text and output in text.content else (),
        warnings=tuple(_unlocked(tree, lock, _names(tree, tool))),
    )


def _gems(tree: Tree, tool: str) -> tuple[Version, tuple[str, ...], str, tuple[str, ...], str]:
    """Return the version, the manifests, the lock, the commands and the manager by which the gems are installed."""
    bundle = gems.read(tree)
    locked = bundle.locked.get(tool, "")
    lock = tree.first("Gemfile.lock", "gems.locked") or ""
    text = tree.text(lock) if lock else None
    found = (
        [Version(locked, f"{tool} ({locked})", at_line(text, f"{tool} ({locked})").source)] if locked and text else []
    )
    version = found[0] if found else Version("")
    beside = [path for folder in bundle.beside for path in tree.files if path.startswith(f"{folder}/")]
    named = [*_GEMFILES, "Gemfile.lock", "gems.locked", ".ruby-version", ".tool-versions", *beside]
    exact = re.fullmatch(r"\d+(?:\.\d+)+", bundle.bundler)
    first_step = f"{_BUNDLE[0]}:{bundle.bundler}" if exact else ""
    commands = tuple(filter(None, (first_step, _BUNDLE[1])))
    return version, tuple(path for path in dict.fromkeys(named) if tree.has(path)), lock, commands, "bundler"


def _ruby(tree: Tree) -> Base:
    """Return the image with a Ruby and the compilers that gems are built with."""
    version = gems.version(tree, gems.read(tree), "").value
    # Liquid and its like of older sites break on a newer one.
    return Base("ruby", f"{version if version != gems.NEWEST else '3.3'}-bookworm")


def _names(tree: Tree, pattern: str) -> str:
    """Return the Gemfile in which a gem of this pattern is named, whatever its group; "" when in none."""
    file = tree.first(*_GEMFILES)
    text = tree.text(file) if file else None
    return file if file and text and first((text,), rf"^\s*gem\s*\(?\s*[\"'](?:{pattern})[\"']") else ""


def _is_theme(tree: Tree) -> bool:
    """Return whether this is a theme that is published as a gem, and no site that uses one."""
    return any("/" not in path for path in tree.with_suffix(".gemspec")) and not tree.has_folder("_posts")


def _is_hexo(tree: Tree) -> bool:
    return "hexo" in sites.mapping(reading.json_object(tree, "package.json").get("dependencies"))


def _plugins(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield the gems, with versions, that a site without a Gemfile names: its theme and its plugins."""
    named = settings.get("plugins") or settings.get("gems")
    yield from dict.fromkeys(
        f"{name}:{_PINS.get(name, '>=0')}"
        for one in [*(named if isinstance(named, list) else []), settings.get("theme") or "minima"]
        if (name := sites.word(one)) and "/" not in name
    )


def _unlocked(tree: Tree, lock: str, bundled: str) -> Iterator[Caution]:
    if bundled and not lock:
        words = "there is no Gemfile.lock: each build may take other versions; `bundle lock` writes one"
        yield Caution("no-lock", tree.whole(bundled), 0, words)
