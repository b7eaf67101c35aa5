"""What build.gradle and its companions say, read without running them: Groovy or Kotlin, version catalogues too."""

import re
from collections.abc import Iterator, Mapping

from dockerfiles import reading
from dockerfiles.languages.jvm.build import Build, Dependency, by_name
from dockerfiles.sources import Hit, first, search, without_comments
from dockerfiles.tree import Text, Tree

FILES = ("build.gradle", "build.gradle.kts")
SETTINGS = ("settings.gradle", "settings.gradle.kts")
CATALOGUE = "gradle/libs.versions.toml"

_PLUGINS = r"\bid\s*\(?\s*['\"]([\w.-]+)['\"]\s*\)?(?:\s*version\s*\(?\s*['\"]([^'\"]+)['\"])?"
_APPLIED = r"apply\s*\(?\s*plugin\s*[:=]\s*['\"]([\w.-]+)['\"]"
_BARE = r"^\s*(?:plugins\s*\{\s*)?(`?(?:application|war|java|java-library)`?)\s*(?:\}|$)"
_KOTLIN = r"\bkotlin\(\s*['\"]([\w.]+)['\"]\s*\)(?:\s*version\s*['\"]([^'\"]+)['\"])?"
_ALIAS = r"alias\(\s*libs\.plugins\.([\w.]+)\s*\)"
_COORDINATES = r"(?<![\w$])['\"]([\w.-]+):([\w.-]+)(?::([^'\"@:]+))?[^'\"]*['\"]"
_SPELT_OUT = (
    r"group\s*[:=]\s*['\"]([\w.-]+)['\"]\s*,\s*name\s*[:=]\s*['\"]([\w.-]+)['\"]"
    r"(?:\s*,\s*version\s*[:=]\s*['\"]([^'\"]+)['\"])?"
)
_LIBS = (
    r"\b(?:implementation|api|runtimeOnly|compileOnly|platform|developmentOnly)\s*\(?\s*"
    r"libs\.((?!plugins\b|versions\b)[\w.]+)"
)
_KTOR_SHORT = r"\bktorLibs\.([\w.]+)"
_JAVA = (
    r"JavaLanguageVersion\.of\(\s*['\"]?(\d+)",
    r"jvmToolchain\(\s*(\d+)",
    r"(?:source|target)Compatibility\s*(?:=|\(|\s)\s*['\"]?(?:JavaVersion\.VERSION_)?(\d[\d._]*)",
    r"options\.release(?:\.set\(|\s*=\s*)\s*(\d+)",
)
_MAIN = r"main(?:Class|ClassName)\s*(?:\.set\(|=)\s*['\"]([\w.$]+)['\"]"
_NAMED = r"^\s*(?:val\s+)?{}\s*=\s*['\"]([^'\"$]+)['\"]"
_INCLUDED = r"\binclude\s*\(?((?:\s*['\"][\w:./-]+['\"]\s*,?)+)"

# The newest Java that each Gradle runs on, from https://docs.gradle.org/current/userguide/compatibility.html.
_MOST_JAVA = (
    *((4, 0, 8), (5, 0, 12), (6, 0, 15), (7, 0, 16), (7, 3, 17), (7, 6, 19), (8, 3, 20), (8, 5, 21), (8, 8, 22)),
    *((8, 10, 23), (8, 14, 24), (9, 1, 25)),
)


def file_of(tree: Tree) -> str | None:
    """Return the build file at the root of a tree."""
    return tree.first(*FILES)


def read(tree: Tree) -> Build | None:
    """Return the build of the Gradle project at the root of a tree."""
    if (file := file_of(tree)) is None or (own := tree.text(file)) is None:
        return None
    root = tree.project if tree.prefix and is_member(tree) else tree
    texts = [without_comments(own, "js")]
    if root is not tree and (above := file_of(root)) and (text := root.text(above)) is not None:
        texts.append(without_comments(text, "js"))
    catalogue = reading.toml(root, CATALOGUE)
    java = first(texts, *_JAVA)
    gradle = _wrapper_version(root)
    main = first(texts, _MAIN)
    archive = first(texts[:1], r"archiveFileName\s*(?:\.set\(|=)\s*['\"]([^'\"$]+)['\"]")
    return Build(
        tool="gradle",
        file=file,
        name=_name(tree, root, texts[0]),
        version=_version(root, texts),
        java=java.groups[0].replace("_", ".") if java else "",
        java_hit=java,
        most_java=_most_java(gradle) if gradle else 25,
        war="war" in _plugins(texts[:1], catalogue),
        dependencies=by_name(_dependencies(texts, catalogue)),
        plugins=_plugins(texts, catalogue) | _own_plugins(texts, catalogue),
        main=main.groups[0] if main else "",
        wrapper=root.has("gradlew") and root.has("gradle/wrapper/gradle-wrapper.jar"),
        member=tree.prefix if root is not tree else "",
        tool_version=gradle,
        settings={"archive": archive.groups[0] if archive else ""},
    )


def members(tree: Tree) -> tuple[str, ...]:
    """Return the folders of the subprojects that are applications; none for a project of its own."""
    found = []
    for path in included(tree):
        build = read(tree.at(path))
        if build and (
            build.war or set(build.plugins) & {"application", "io.quarkus", "io.ktor.plugin"} or _boots(build)
        ):
            found.append(path)
    return tuple(sorted(found))


def included(tree: Tree) -> list[str]:
    """Return the folders of the subprojects that settings.gradle names."""
    settings = [text for path in SETTINGS if (text := tree.text(path)) is not None]
    names = [
        name
        for hit in search([without_comments(text, "js") for text in settings], _INCLUDED)
        for name in re.findall(r"['\"]:?([\w:./-]+)['\"]", hit.groups[0])
    ]
    return [path for name in names if file_of(tree.at(path := name.replace(":", "/")))]


def is_member(tree: Tree) -> bool:
    """Say whether the project above this tree names it as a subproject."""
    return tree.prefix in included(tree.project)


def _boots(build: Build) -> bool:
    return any(name.startswith(("org.springframework.boot", "io.micronaut")) for name in build.plugins)


def _plugins(texts: list[Text], catalogue: Mapping[str, object]) -> dict[str, Dependency]:
    found: dict[str, Dependency] = {}
    for hit in search(texts, _PLUGINS):
        line = hit.text
        if "apply false" not in line and not re.search(r"apply\s*\(?\s*false", line):
            found.setdefault(hit.groups[0], Dependency(hit.groups[1], hit))
    for pattern in (_APPLIED, _BARE):
        for hit in search(texts, pattern):
            found.setdefault(hit.groups[0].strip("`"), Dependency("", hit))
    for hit in search(texts, _KOTLIN):
        found.setdefault(f"kotlin-{hit.groups[0]}", Dependency(hit.groups[1], hit))
    for hit in search(texts, _ALIAS):
        if "apply false" not in hit.text and (known := _of_catalogue(catalogue, "plugins", hit.groups[0])):
            found.setdefault(known[0], Dependency(known[1], hit))
    return found


def _own_plugins(texts: list[Text], catalogue: Mapping[str, object]) -> dict[str, Dependency]:
    # The version of a plugin may be given once, above, where it is not applied.
    versions = {hit.groups[0]: hit for hit in search(texts, _PLUGINS) if hit.groups[1]}
    own = _plugins(texts[:1], catalogue)
    return {
        name: Dependency(plugin.version or versions[name].groups[1], plugin.hit)
        for name, plugin in own.items()
        if name in versions
    }


def _dependencies(texts: list[Text], catalogue: Mapping[str, object]) -> Iterator[tuple[str, Dependency]]:
    for pattern in (_COORDINATES, _SPELT_OUT):
        for hit in search(texts, pattern):
            if not re.match(r"\s*(?:test|classpath|annotationProcessor|kapt|ksp)", hit.text):
                yield hit.groups[1], Dependency(hit.groups[2], hit)
    for hit in search(texts, _LIBS):
        if known := _of_catalogue(catalogue, "libraries", hit.groups[0]):
            yield known[0].rpartition(":")[2], Dependency(known[1], hit)
    for hit in search(texts, _KTOR_SHORT):
        yield f"ktor-{hit.groups[0].replace('.', '-')}", Dependency("", hit)


def _of_catalogue(catalogue: Mapping[str, object], table: str, alias: str) -> tuple[str, str] | None:
    entries = catalogue.get(table)
    for key, value in entries.items() if isinstance(entries, dict) else ():
        if re.sub(r"[-_]", ".", key) == alias:
            return _coordinates(catalogue, value)
    return None


def _coordinates(catalogue: Mapping[str, object], value: object) -> tuple[str, str] | None:
    if isinstance(value, str):
        name, _, version = value.rpartition(":")
        return name, version
    if not isinstance(value, dict):
        return None
    name = value.get("id") or value.get("module") or f"{value.get('group')}:{value.get('name')}"
    version = value.get("version", "")
    if isinstance(version, dict):
        versions = catalogue.get("versions")
        version = versions.get(version.get("ref"), "") if isinstance(versions, dict) else ""
    return str(name), str(version)


def _name(tree: Tree, root: Tree, own: Text) -> str:
    base = first((own,), _NAMED.format("archivesBaseName"), r"archivesName\s*(?:\.set\(|=)\s*['\"]([^'\"$]+)['\"]")
    if base:
        return base.groups[0]
    if root is tree:
        settings = [without_comments(text, "js") for path in SETTINGS if (text := tree.text(path)) is not None]
        if named := first(settings, _NAMED.format(r"rootProject\.name")):
            return named.groups[0]
    return tree.name or "app"


def _version(root: Tree, texts: list[Text]) -> str:
    if hit := first(texts, _NAMED.format("version")):
        return hit.groups[0]
    properties = root.text("gradle.properties")
    return reading.properties(properties).get("version", ("", 0))[0] if properties else ""


def _wrapper_version(root: Tree) -> str:
    text = root.text("gradle/wrapper/gradle-wrapper.properties")
    hit: Hit | None = first((text,), r"gradle-(\d+\.\d+)") if text else None
    return hit.groups[0] if hit else ""


def _most_java(version: str) -> int:
    numbers = tuple(int(part) for part in version.split("."))
    return max((java for major, minor, java in _MOST_JAVA if (major, minor) <= numbers), default=8)
