"""What the build files of Scala (sbt) and Clojure (Leiningen, tools.build) say."""

import re

from dockerfiles import reading
from dockerfiles.languages.jvm.build import Build, Dependency, by_name
from dockerfiles.sources import first, search, without_comments
from dockerfiles.tree import Text, Tree

SBT = "1.10.7"
_SBT_DEPENDENCY = r"['\"]([\w.-]+)['\"]\s*%%?%?\s*['\"]([\w.-]+)['\"]\s*%\s*(?:['\"]([^'\"]+)['\"])?"
_SBT_PLUGIN = r"\b(PlayScala|PlayJava|PlayService|JavaAppPackaging|JavaServerAppPackaging|DockerPlugin)\b"
_LEIN_DEPENDENCY = r"\[\s*([\w.-]+(?:/[\w.-]+)?)\s+\"([\w.-]+)\""
_DEPS_DEPENDENCY = r"([\w.-]+/[\w.-]+)\s*\{\s*:(?:mvn/version|git/tag)\s+\"([^\"]+)\""
_CLOJURE_COMMENT = re.compile(r"\"(?:\\.|[^\"\\])*\"|;[^\n]*", re.DOTALL)


def sbt(tree: Tree) -> Build | None:
    """Return the build of build.sbt at the root of a tree."""
    if (text := tree.text("build.sbt")) is None:
        return None
    texts = [without_comments(text, "c")]
    if (plugins := tree.text("project/plugins.sbt")) is not None:
        texts.append(without_comments(plugins, "c"))
    name = first(texts, r"^\s*(?:ThisBuild\s*/\s*)?name\s*:=\s*\"+([^\"]+)\"", r"\bname\s*:=\s*\"+([^\"]+)\"")
    version = first(texts, r"\bversion\s*:=\s*\"([^\"]+)\"")
    properties = tree.text("project/build.properties")
    tool = reading.properties(properties).get("sbt.version", (SBT, 0))[0] if properties else SBT
    main = first(texts, r"\bmainClass\b[^\n]*:=\s*Some\(\s*\"([\w.]+)\"")
    found = by_name((hit.groups[1], Dependency(hit.groups[2], hit)) for hit in search(texts, _SBT_DEPENDENCY))
    return Build(
        tool="sbt",
        file="build.sbt",
        name=_as_sbt_names(name.groups[0]) if name else tree.name,
        version=version.groups[0] if version else "",
        dependencies=found,
        plugins=by_name((hit.groups[0], Dependency("", hit)) for hit in search(texts[:1], _SBT_PLUGIN)),
        main=main.groups[0] if main else "",
        tool_version=tool if re.fullmatch(r"\d+(?:\.\d+)+", tool) else SBT,
        settings={"assembly": "yes" if "sbt-assembly" in found else ""},
    )


def clojure(tree: Tree) -> Build | None:
    """Return the build of project.clj or deps.edn at the root of a tree."""
    file = tree.first("project.clj", "deps.edn")
    if file is None or (text := tree.text(file)) is None:
        return None
    bare = _without_comments(text)
    lein = file == "project.clj"
    head = first((bare,), r"\(defproject\s+([\w./-]+)\s+\"([^\"]+)\"") if lein else None
    pattern = _LEIN_DEPENDENCY if lein else _DEPS_DEPENDENCY
    script = tree.text("build.clj") if not lein else None
    lib = first((script,), r"\bdef\s+lib\s+'([\w./-]+)") if script else None
    main = first((bare,), r":main\s+\^?:?(?:skip-aot\s+)?([\w.-]+)", r":ring\s+\{[^}]*:handler\s+([\w./-]+)")
    name = head.groups[0] if head else lib.groups[0] if lib else tree.name
    return Build(
        tool="lein" if lein else "clojure",
        file=file,
        name=name.rpartition("/")[2] or "app",
        version=head.groups[1] if head else "",
        dependencies=by_name((hit.groups[0], Dependency(hit.groups[1], hit)) for hit in search((bare,), pattern)),
        main=main.groups[0] if main else "",
        settings={"ring": "yes" if lein and "lein-ring" in bare.content else "", "script": "yes" if script else ""},
    )


def _without_comments(text: Text) -> Text:
    def blanked(token: re.Match[str]) -> str:
        return token[0] if token[0].startswith('"') else " " * len(token[0])

    return Text(text.path, _CLOJURE_COMMENT.sub(blanked, text.content))


def _as_sbt_names(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
