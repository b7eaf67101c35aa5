"""What pom.xml says, with what it inherits from a pom.xml of the project above it."""

import re
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree as ET

from dockerfiles import reading
from dockerfiles.languages.jvm.build import Build, Dependency, by_name
from dockerfiles.sources import Hit, at_line
from dockerfiles.tree import Text, Tree

_PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")
_JAVA = ("maven.compiler.release", "java.version", "maven.compiler.source", "maven.compiler.target", "jdk.version")
_RUNS = ("spring-boot-maven-plugin", "quarkus-maven-plugin", "micronaut-maven-plugin", "exec-maven-plugin")
_PACKS = ("maven-shade-plugin", "maven-assembly-plugin", "appassembler-maven-plugin")


def read(tree: Tree) -> Build | None:
    """Return the build of the pom.xml at the root of a tree."""
    pom, text = reading.xml(tree, "pom.xml"), tree.text("pom.xml")
    if pom is None or text is None:
        return None
    above = _above(tree)
    parent = reading.xml(tree.project, above) if above else None
    parent_text = tree.project.text(above) if above else None
    values = _values(pom, _values(parent, {}))
    poms = [(pom, text), *([(parent, parent_text)] if parent is not None and parent_text else [])]
    plugins = by_name(one for root, where in poms for one in _plugins(root, where, values))
    java, java_hit = _java(poms, values)
    name = _resolved(pom.findtext("artifactId") or tree.name, values)
    final = pom.findtext("build/finalName")
    return Build(
        tool="maven",
        file="pom.xml",
        name=name,
        version=values.get("project.version", ""),
        java=java,
        java_hit=java_hit,
        war=(pom.findtext("packaging") or "jar").strip() == "war",
        dependencies=by_name(one for root, where in poms for one in _dependencies(root, where, values)),
        plugins=plugins,
        main=_main(pom, values),
        member=tree.prefix if above else "",
        settings={"final": _resolved(final, values) if final else "", **_packing(pom)},
    )


def members(tree: Tree) -> tuple[str, ...]:
    """Return the folders of the modules that are applications; none for a project of one module."""
    pom = reading.xml(tree, "pom.xml")
    if pom is None:
        return ()
    return tuple(sorted(path for path in _modules(tree, pom, "") if _is_application(tree.at(path))))


def _modules(tree: Tree, pom: ET.Element, folder: str) -> Iterator[str]:
    for module in pom.iterfind("modules/module"):
        path = "/".join(filter(None, (folder, (module.text or "").strip().strip("/"))))
        if tree.has(f"{path}/pom.xml") and (inner := reading.xml(tree, f"{path}/pom.xml")) is not None:
            yield path
            yield from _modules(tree, inner, path)


def _is_application(tree: Tree) -> bool:
    build = read(tree)
    pom = reading.xml(tree, "pom.xml")
    if build is None or pom is None or (pom.findtext("packaging") or "") == "pom":
        return False
    own = {plugin.findtext("artifactId") for plugin in pom.iterfind("build/plugins/plugin")}
    if build.war or own & set(_RUNS) or own & set(_PACKS):
        return True
    # With the plugin in the parent every module inherits it: the one with the application's class is the one that runs.
    return build.depends_on(*_RUNS) is not None and any(
        "@SpringBootApplication" in text.content
        for path in tree.with_suffix(".java", ".kt")
        if "/test/" not in path and path.endswith(("Application.java", "Application.kt", "Main.java", "App.java"))
        if (text := tree.text(path)) is not None
    )


def _above(tree: Tree) -> str:
    return "pom.xml" if tree.prefix and tree.project.has("pom.xml") else ""


def _values(pom: ET.Element | None, inherited: Mapping[str, str]) -> dict[str, str]:
    if pom is None:
        return dict(inherited)
    values = {**inherited, **{element.tag: (element.text or "").strip() for element in pom.iterfind("properties/*")}}
    version = pom.findtext("version") or pom.findtext("parent/version") or ""
    values |= {"project.artifactId": (pom.findtext("artifactId") or "").strip()}
    return {**values, "project.version": _resolved(version.strip(), values)}


def _resolved(text: str, values: Mapping[str, str]) -> str:
    for _ in range(4):
        text = _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text.strip())
    return text


def _dependencies(pom: ET.Element, text: Text, values: Mapping[str, str]) -> Iterator[tuple[str, Dependency]]:
    if (parent := pom.findtext("parent/artifactId")) and parent.startswith("spring-boot-starter"):
        yield parent, Dependency(_resolved(pom.findtext("parent/version") or "", values), at_line(text, parent))
    for path in ("dependencies/dependency", "dependencyManagement/dependencies/dependency"):
        for element in pom.iterfind(path):
            name = (element.findtext("artifactId") or "").strip()
            managed = path.startswith("dependencyManagement")
            if name and element.findtext("scope") != "test" and (not managed or name.endswith(("bom", "dependencies"))):
                version = _resolved(element.findtext("version") or "", values)
                yield name, Dependency(version, at_line(text, f"<artifactId>{name}<"))


def _plugins(pom: ET.Element, text: Text, values: Mapping[str, str]) -> Iterator[tuple[str, Dependency]]:
    for element in pom.iterfind("build/plugins/plugin"):
        name = (element.findtext("artifactId") or "").strip()
        if name:
            version = _resolved(element.findtext("version") or "", values)
            yield name, Dependency(version, at_line(text, f"<artifactId>{name}<"))


def _java(poms: list[tuple[ET.Element, Text]], values: Mapping[str, str]) -> tuple[str, Hit | None]:
    for pom, text in poms:
        for key in _JAVA:
            if found := pom.findtext(f"properties/{key}"):
                return _resolved(found, values), at_line(text, f"<{key}>")
        for plugin in pom.iterfind("build/plugins/plugin"):
            for key in ("release", "source", "jdkToolchain/version"):
                if plugin.findtext("artifactId") == "maven-compiler-plugin" and (
                    found := plugin.findtext(f"configuration/{key}")
                ):
                    return _resolved(found, values), at_line(text, f"<{key.rpartition('/')[2]}>")
    return "", None


def _main(pom: ET.Element, values: Mapping[str, str]) -> str:
    found = next((element.text for element in pom.iter("mainClass") if element.text), "")
    named = found or pom.findtext("properties/exec.mainClass") or pom.findtext("properties/start-class") or ""
    return _resolved(named, values)


def _packing(pom: ET.Element) -> dict[str, str]:
    """Return how a jar with everything in it is made: by which plugin, and whether `package` runs it."""
    for plugin in pom.iterfind("build/plugins/plugin"):
        name = plugin.findtext("artifactId") or ""
        if name in _PACKS:
            bound = plugin.find("executions/execution") is not None
            return {"packs": name, "bound": "yes" if bound else ""}
    return {}
