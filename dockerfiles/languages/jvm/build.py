"""What the files of a build tool say, whichever tool it is, as one value."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from dockerfiles.analysis import Version
from dockerfiles.sources import Hit

Tool = Literal["maven", "gradle", "sbt", "lein", "clojure"]

# Releases that get fixes for years; images of the others are gone soon after the next one.
_LASTING = (8, 11, 17, 21, 25)
_USUAL = 21

# What makes a server of a project: by artefact ids or plugins that begin so, the most telling first.
_FRAMEWORKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("quarkus", ("quarkus-", "io.quarkus")),
    ("spring-boot", ("spring-boot-starter", "spring-boot-maven-plugin", "org.springframework.boot")),
    ("micronaut", ("micronaut-", "io.micronaut.")),
    ("ktor", ("ktor-server", "io.ktor")),
    ("play", ("play_", "PlayScala", "PlayJava")),
    ("javalin", ("javalin",)),
    ("spark", ("spark-core",)),
    ("helidon", ("helidon-",)),
    ("dropwizard", ("dropwizard-core",)),
    ("http4k", ("http4k-",)),
    ("vertx", ("vertx-web", "vertx-core", "vertx-stack")),
    ("http4s", ("http4s-",)),
    ("pekko-http", ("pekko-http",)),
    ("akka-http", ("akka-http",)),
    ("zio-http", ("zio-http",)),
    ("pedestal", ("io.pedestal/", "pedestal.")),
    ("ring", ("ring/", "lein-ring", "metosin/reitit", "compojure")),
    ("grpc", ("grpc-netty",)),
)


@dataclass(frozen=True, slots=True)
class Dependency:
    version: str
    hit: Hit


@dataclass(frozen=True, slots=True)
class Build:
    """One application as its build describes it.

    `member` is its folder below the one that is built ("" for itself). `java` is the version that is asked for, ""
    for none, and `most_java` the newest that the tool itself runs on. `main` is the class that is run, where one is
    named. `output` is what the build makes, seen from the application's own folder; `copied` are shell commands that
    bring it there.
    """

    tool: Tool
    file: str
    name: str
    version: str = ""
    java: str = ""
    java_hit: Hit | None = None
    most_java: int = _LASTING[-1]
    war: bool = False
    dependencies: Mapping[str, Dependency] = field(default_factory=dict)
    plugins: Mapping[str, Dependency] = field(default_factory=dict)
    main: str = ""
    wrapper: bool = False
    member: str = ""
    tool_version: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    def depends_on(self, *names: str) -> Dependency | None:
        """Return the first of these dependencies (or plugins) that there is."""
        return next((found for name in names if (found := self.dependencies.get(name) or self.plugins.get(name))), None)

    @property
    def framework(self) -> tuple[str, Dependency] | None:
        """Return the framework, and the dependency or plugin that shows it."""
        known = {**self.dependencies, **self.plugins}
        for framework, starts in _FRAMEWORKS:
            for name, dependency in known.items():
                if name.startswith(starts):
                    return framework, dependency
        return None


def java_version(build: Build, wished: str, framework: str, framework_version: str) -> Version:
    """Return the Java to build with and to run on: the lasting release at or above what is asked for."""
    if wished:
        return Version(wished, wished, "--version")
    asked = major(build.java)
    least = asked or (17 if framework == "spring-boot" and framework_version.startswith("2.") else _USUAL)
    value = next((release for release in _LASTING if release >= least), asked or _USUAL)
    if value > build.most_java and not asked:
        value = max(release for release in _LASTING if release <= max(build.most_java, _LASTING[0]))
    hit = build.java_hit
    return Version(str(value), hit.text if hit else build.java, hit.source if hit else "")


def major(version: str) -> int:
    """Return the number by which a Java release is known (1.8 is 8), 0 for what is no version."""
    found = re.match(r"(?:1[._])?(\d+)", version)
    return int(found[1]) if found else 0


def quiet_find(folder: str, pattern: str = "*.jar") -> str:
    """Return the command that puts the one built archive of a folder where the image takes it from."""
    left_out = " ".join(f"! -name '{name}'" for name in ("*-plain.jar", "*-sources.jar", "*-javadoc.jar", "original-*"))
    return f"find {folder} -maxdepth 1 -name '{pattern}' {left_out} -exec cp {{}} /out/app.{pattern[-3:]} \\;"


def by_name(found: Iterable[tuple[str, Dependency]]) -> dict[str, Dependency]:
    """Return dependencies by name; the first of one name counts."""
    names: dict[str, Dependency] = {}
    for name, dependency in found:
        names.setdefault(name, dependency)
    return names
