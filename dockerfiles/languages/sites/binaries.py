"""Zola and mdBook: one program each, and one file that says what is built to where."""

from collections.abc import Mapping
from shlex import quote
from typing import Any

from dockerfiles import reading
from dockerfiles.analysis import Caution, Evidence
from dockerfiles.language import Sign, Wishes
from dockerfiles.languages.sites import plan as sites
from dockerfiles.languages.sites.plan import OUT, Plan, Tool
from dockerfiles.recipe import Base
from dockerfiles.sources import at_line, first
from dockerfiles.tree import Tree

_ZOLA = "0.20.0"
_MDBOOK = "0.4.52"
_ADDRESS = r"^base_url\s*=\s*[\"']([^\"']*)"
_OWN_KEYS = r"^(?:compile_sass|build_search_index|generate_feeds?|generate_sitemap|output_dir)\s*=|^\[markdown\]"
_RUST = Base("rust", "1.88-slim-bookworm")
# Preprocessors that are programs of their own, in versions that go with this mdBook.
_PREPROCESSORS = {
    "mermaid": "mdbook-mermaid@0.15.0",
    "toc": "mdbook-toc@0.14.2",
    "katex": "mdbook-katex@0.9.4",
    "admonish": "mdbook-admonish@1.20.0",
}
_BUILT_IN = frozenset({"links", "index"})


def zola(tree: Tree) -> Sign | None:
    """Return the sign of a site of Zola, whose configuration has the name that Hugo's had once."""
    text = tree.text("config.toml")
    if text is None or not first((text,), _ADDRESS):
        return None
    # A server may have a file and folders of these names, but no text for them.
    if tree.first("Cargo.toml", "go.mod", "main.py", "app.py", "manage.py"):
        return None
    if tree.has_folder("content") or first((text,), _OWN_KEYS):
        return Sign(0.98, "config.toml", "the configuration of a site of Zola")
    return None


def zola_plan(tree: Tree, wishes: Wishes) -> Plan:
    """Return how a site of Zola is built: by the program of its published image."""
    settings = reading.toml(tree, "config.toml")
    text = tree.text("config.toml")
    address = first((text,), _ADDRESS) if text else None
    below = sites.path_of(address.groups[0]) if address else ""
    output = sites.folder(settings.get("output_dir"), "public")
    found = sites.written(tree, (".tool-versions", r"^zola\s+(\d+\.\d+\.\d+)"))
    version = sites.wished(
        wishes.version, [*found, *sites.asked_of_platforms(tree, "ZOLA_VERSION", "zola-version")], _ZOLA
    )
    theme = sites.text(settings.get("theme"))
    missing = Caution(
        "missing-theme",
        tree.whole("config.toml"),
        at_line(text, "theme").line if text else 0,
        f"its theme {quote(theme)} is not there: run `git submodule update --init`",
    )
    return Plan(
        tool="zola",
        version=version,
        file="config.toml",
        name=tree.name,
        output=output,
        base=Base("debian", "bookworm-slim"),
        build=(f"zola build --output-dir {OUT}",),
        below=below,
        tools=(Tool(Base("ghcr.io/getzola/zola", f"v{version.value}", ""), "/bin/zola"),),
        evidence=(
            *((address.speaks_for("framework", "base-url"),) if address else ()),
            *((at_line(text, "output_dir").speaks_for("static", "output-dir"),) if text and output != "public" else ()),
        ),
        warnings=(
            *sites.served_below(below, address.file if address else "", address.line if address else 0),
            *((missing,) if theme and not tree.has_folder(f"themes/{theme}") else ()),
        ),
    )


def mdbook(tree: Tree) -> Sign | None:
    """Return the sign of a book; one beside a program documents it."""
    if not tree.has("book.toml"):
        return None
    document = sites.documents_something(tree)
    return Sign(0.45 if document else 0.95, "book.toml", "a book of mdBook", library=document)


def mdbook_plan(tree: Tree, wishes: Wishes) -> Plan:
    """Return how a book is built; with several renderers each has a folder of its own in the output."""
    settings = reading.toml(tree, "book.toml")
    output = sites.folder(sites.mapping(settings.get("build")).get("build-dir"), "book")
    renderers = sites.mapping(settings.get("output"))
    several = len(renderers) > 1
    version = sites.wished(wishes.version, sites.asked_of_platforms(tree, "MDBOOK_VERSION", "mdbook-version"), _MDBOOK)
    text = tree.text("book.toml")
    asked = [name for name in sites.mapping(settings.get("preprocessor")) if name not in _BUILT_IN]
    known = [_PREPROCESSORS[name] for name in asked if name in _PREPROCESSORS]
    evidence = [at_line(text, "build-dir").speaks_for("static", "build-dir")] if text and output != "book" else []
    return Plan(
        tool="mdbook",
        version=version,
        file="book.toml",
        name=tree.name,
        output=f"{output}/html" if several else output,
        base=_RUST,
        build=(f"mdbook build --dest-dir {OUT}",),
        made=f"{OUT}/html" if several else OUT,
        install=tuple(
            f"cargo install --locked --root /usr/local {package}" for package in (f"mdbook@{version.value}", *known)
        ),
        installed_by_base=False,
        debian=("cargo",),
        caches={"cargo": "/usr/local/cargo/registry"},
        evidence=(*_title(tree, settings), *evidence),
        warnings=tuple(
            Caution(
                "unknown-preprocessor",
                tree.whole("book.toml"),
                at_line(text, f"preprocessor.{name}").line if text else 0,
                f"the preprocessor {quote(name)} is not installed: nothing says which package has it",
            )
            for name in asked
            if name not in _PREPROCESSORS
        ),
    )


def _title(tree: Tree, settings: Mapping[str, Any]) -> tuple[Evidence, ...]:
    text = tree.text("book.toml")
    if text is None or not sites.mapping(settings.get("book")).get("title"):
        return ()
    return (at_line(text, "title").speaks_for("framework", "book"),)
