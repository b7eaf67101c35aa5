"""Files that are served as they are: an index.html, with or without a server configuration of the project's own."""

import re
from collections.abc import Iterator
from dataclasses import replace

from dockerfiles import serving
from dockerfiles.analysis import Analysis, BaseImages, Command, Evidence, Healthcheck, Port, Static
from dockerfiles.language import Sign, Wishes, rebased
from dockerfiles.recipe import Copy, Recipe
from dockerfiles.tree import Tree

# Where the files lie, in the order in which it is believed.
_ROOTS = ("", "public", "dist", "site", "www", "html", "htdocs", "docs", "src")
_LIKELY = frozenset({"", "public", "dist"})
_OWN_NGINX = ("nginx.conf", "nginx/nginx.conf", "conf/nginx.conf", "nginx/default.conf", "default.conf")
_LISTEN = re.compile(r"^\s*listen\s+(?:[\w.\[\]:*]+:)?(\d+)\b")
_ROOT = re.compile(r"^\s*root\s+([^;\s]+)\s*;")
_TITLE = re.compile(r"<title>([^<]*)</title>", re.IGNORECASE)
_ROUTED_BY_SCRIPT = re.compile(r"try_files\s+[^;]*\s/?index\.html\s*;|createBrowserRouter|history\.pushState")


class StaticSite:
    """A folder with an index.html that nothing has to build."""

    name = "static"

    def recognise(self, tree: Tree) -> Sign | None:
        for root in _ROOTS:
            index = f"{root}/index.html" if root else "index.html"
            if tree.has(index):
                # Many a project of another language has such a file, and one in a folder may be its documentation.
                return Sign(0.45 if root in _LIKELY else 0.35, index, "a page to serve")
        return None

    def analyse(self, tree: Tree, wishes: Wishes) -> Analysis:
        sign = self.recognise(tree)
        index = sign.file if sign else "index.html"
        root = index.rpartition("/")[0]
        evidence = list(_evidence(tree, index))
        own = tree.first(*_OWN_NGINX)
        port = serving.PORT
        if own and (found := _first(tree, own, _LISTEN)):
            line, text = found
            port = int(text)
            evidence.append(Evidence("ports", tree.whole(own), line, f"listen {text}", "nginx"))
        fallback = next(_fallbacks(tree, own), None)
        return Analysis(
            root=tree.prefix,
            language="static",
            name=tree.name,
            kind="static",
            framework="nginx" if own else "",
            run_command=_own_command(tree, own) if own else serving.COMMAND,
            ports=(Port(port, source=evidence[-1].file if own else ""),),
            artefacts=(root or ".",),
            static=Static(root or ".", spa_fallback=fallback is not None),
            healthcheck=Healthcheck("tcp"),
            base_images=BaseImages(run=rebased(serving.NGINX, wishes).reference),
            evidence=(*evidence, *([fallback] if fallback else [])),
            confidence={"language": 0.9 if sign else 0.3, "run_command": 0.9, "ports": 0.9},
        )

    def recipe(self, analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
        folder = analysis.static.root if analysis.static else "."
        files = Copy((folder,), serving.ROOT, "The files that are served")
        own = tree.first(*_OWN_NGINX)
        if own is None:
            spa = analysis.static is not None and analysis.static.spa_fallback
            stage, runtime = serving.server([files], wishes, spa_fallback=spa)
        else:
            whole = _is_whole(tree, own)
            target = "/etc/nginx/nginx.conf" if whole else "/etc/nginx/conf.d/default.conf"
            root = _first(tree, own, _ROOT)
            at = root[1] if root and root[1].startswith("/") else "/usr/share/nginx/html"
            copied = Copy((folder,), at, "The files that are served")
            steps = (Copy((own,), target, "The project's own configuration"), copied)
            stage = serving.stage(steps, wishes) if whole else serving.around(steps, wishes)
            port = analysis.ports[0].port if analysis.ports else serving.PORT
            runtime = serving.runtime(wishes, _own_command(tree, own), port)
            if whole and wishes.bases.get(""):
                # A configuration that says nothing about it writes where Debian's package has it.
                runtime = replace(runtime, writable=("/var/lib/nginx", "/var/log/nginx"))
        return Recipe((stage,), runtime, keeps=(folder,) if folder != "." else ())


LANGUAGE = StaticSite()


def _evidence(tree: Tree, index: str) -> Iterator[Evidence]:
    text = tree.text(index)
    title = _TITLE.search(text.content) if text else None
    yield Evidence(
        "language", tree.whole(index), text.line_of("<title") if text else 0, title[0] if title else "", "index"
    )


def _first(tree: Tree, path: str, pattern: re.Pattern[str]) -> tuple[int, str] | None:
    text = tree.text(path)
    found = ((number, match[1]) for number, line in (text.lines() if text else ()) if (match := pattern.match(line)))
    return next(found, None)


def _fallbacks(tree: Tree, own: str | None) -> Iterator[Evidence]:
    scripts = [path for path in tree.with_suffix(".js", ".html") if not path.endswith(".min.js")][:20]
    for path in [*([own] if own else []), *scripts]:
        text = tree.text(path)
        for number, line in text.lines() if text else ():
            if _ROUTED_BY_SCRIPT.search(line):
                yield Evidence(
                    "static.spa_fallback", tree.whole(path), number, line.strip()[:120], "routes in the browser"
                )
                break


def _own_command(tree: Tree, own: str) -> Command:
    """Return how nginx runs with the project's configuration: in the foreground, its pid where it may write it."""
    text = tree.text(own)
    said = text.content if text else ""
    directives = [] if re.search(r"^\s*daemon\s+off", said, re.MULTILINE) else ["daemon off;"]
    # nginx refuses a directive that is given twice.
    if _is_whole(tree, own) and not re.search(r"^\s*pid\s", said, re.MULTILINE):
        directives.append("pid /tmp/nginx.pid;")
    return Command(("nginx", "-e", "stderr", *(["-g", " ".join(directives)] if directives else [])))


def _is_whole(tree: Tree, path: str) -> bool:
    text = tree.text(path)
    return bool(text and re.search(r"^\s*(http|events)\s*\{", text.content, re.MULTILINE))
