"""The facts of an application for the JVM, whatever it is written in and built by."""

from dataclasses import dataclass

from dockerfiles import routes, services, staging
from dockerfiles.analysis import (
    Analysis,
    BaseImages,
    Caution,
    Command,
    Evidence,
    Healthcheck,
    Kind,
    PackageManager,
    ServiceNeed,
    Version,
)
from dockerfiles.language import Wishes
from dockerfiles.languages.jvm import gradle, maven, others, packing, settings
from dockerfiles.languages.jvm.build import Build, java_version
from dockerfiles.sources import ASIDE, Hit, first, sources
from dockerfiles.tree import Text, Tree

_DEFAULT_PORTS = {"play": 9000, "spark": 4567, "ktor": 8080, "javalin": 8080, "ring": 3000, "http4k": 8000}
_DEFAULT_PORTS |= dict.fromkeys(("quarkus", "spring-boot", "micronaut", "dropwizard", "helidon", "pedestal"), 8080)
_SERVES = (
    *(
        "spring-boot-starter-web",
        "spring-boot-starter-webmvc",
        "spring-boot-starter-webflux",
        "spring-boot-starter-jersey",
    ),
    *("spring-boot-starter-actuator", "spring-boot-starter-graphql", "spring-boot-starter-data-rest"),
    *("spring-boot-starter-websocket", "spring-boot-starter-tomcat", "spring-boot-starter-undertow"),
    *("spring-cloud-starter-gateway", "spring-cloud-starter-netflix-eureka-server", "spring-cloud-config-server"),
)
_WAITS = r"@(?:Scheduled|KafkaListener|RabbitListener|JmsListener|Incoming|SqsListener)\b|while\s*\(true\)"
_MAIN = r"public\s+static\s+void\s+main\s*\(|^\s*fun\s+main\s*\(|\bextends\s+App\b|@main\b|def\s+main\("
_ACTUATOR = ("spring-boot-starter-actuator", "spring-boot-actuator")


@dataclass(frozen=True, slots=True)
class _Listening:
    port: int | None
    hit: Hit | None


def read(tree: Tree) -> Build | None:
    """Return the build at the root of a tree. Of Maven and Gradle side by side the one with a wrapper is used."""
    by_maven, by_gradle = maven.read(tree), gradle.read(tree)
    if by_maven and by_gradle:
        return by_gradle if by_gradle.wrapper and not tree.has("mvnw") else by_maven
    return by_maven or by_gradle or others.sbt(tree) or others.clojure(tree)


def code(tree: Tree) -> tuple[Text, ...]:
    """Return the application's code, comments blanked."""
    # Packages are folders, and one may be called what is a folder of tests elsewhere: com.example.
    packages = ASIDE - {"build", "target", "node_modules"}
    suffixes = (".java", ".kt", ".scala", ".clj", ".groovy")
    return sources(tree, *suffixes, style="c", tests=r"(?:^|/)(?:src/)?(?:test|it|integrationTest)/", within=packages)


def has_main(tree: Tree) -> bool:
    """Say whether any of the code is the beginning of a program."""
    return first(code(tree), _MAIN) is not None


def analyse(tree: Tree, wishes: Wishes) -> Analysis:
    """Return the facts of the build at the root of a tree."""
    build = read(tree) or Build("maven", "pom.xml", tree.name)
    texts = code(tree)
    entries = settings.settings(tree)
    framework, shown = build.framework or ("", None)
    framework_version = _framework_version(build, framework)
    java = java_version(build, wishes.version, framework, framework_version)
    listening = _listening(tree, build, framework, texts, entries)
    packed = packing.packed(build, framework, framework_version, _main_class(build, texts))
    health, seen = _health(build, framework, texts, entries, listening.port)
    main = first(texts, r"(@SpringBootApplication)", f"({_MAIN})")
    evidence = (
        Evidence("language", tree.whole(build.file), 0, "", build.tool),
        *((build.java_hit.speaks_for("language_version", "build-file"),) if build.java_hit else ()),
        *((shown.hit.speaks_for("framework", "dependency"),) if shown else ()),
        *((main.speaks_for("run_command", "main-class"),) if main else ()),
        *((listening.hit.speaks_for("ports", "port"),) if listening.hit else ()),
        *seen,
    )
    return Analysis(
        root=tree.prefix,
        language=_language(tree, build),
        name=build.name,
        version="" if "$" in build.version else build.version,
        language_version=java,
        framework=framework,
        framework_version=framework_version,
        package_manager=PackageManager(build.tool, build.tool_version),
        kind=_kind(framework, listening, texts),
        dependency_files=_dependency_files(tree, build),
        lock_file=tree.first("gradle.lockfile") or "",
        install_commands=packed.install,
        build_commands=packed.build,
        artefacts=packed.artefacts,
        run_command=Command(packed.run),
        ports=staging.ports(listening.port, listening.hit.source if listening.hit else ""),
        env=settings.variables(tree, texts),
        services=_services(build),
        healthcheck=health,
        base_images=BaseImages(packed.image(java.value).reference, packed.run_image(java.value).reference),
        warnings=_cautions(tree, build),
        confidence={"language": 1.0, "run_command": packed.confidence, "ports": 0.9 if listening.hit else 0.7},
        evidence=evidence,
    )


def _language(tree: Tree, build: Build) -> str:
    if build.tool in {"lein", "clojure"}:
        return "clojure"
    if build.tool == "sbt":
        return "scala"
    kotlin = any(name.startswith(("kotlin-jvm", "org.jetbrains.kotlin", "kotlin-maven")) for name in build.plugins)
    return "kotlin" if kotlin or next(tree.with_suffix(".kt"), None) else "java"


def _framework_version(build: Build, framework: str) -> str:
    if framework == "spring-boot":
        names = ("spring-boot-starter-parent", "org.springframework.boot", "spring-boot-dependencies")
        named = (build.depends_on(*names), build.depends_on("spring-boot-maven-plugin"))
    elif framework == "quarkus":
        named = (build.depends_on("quarkus-bom"), build.depends_on("io.quarkus"))
    else:
        named = (build.framework[1] if build.framework else None, None)
    version = next((one.version for one in named if one and one.version), "")
    return "" if "$" in version else version


def _listening(
    tree: Tree, build: Build, framework: str, texts: tuple[Text, ...], entries: dict[str, settings.Setting]
) -> _Listening:
    silent = entries.get("spring.main.web-application-type")
    if silent and silent.value == "none":
        return _Listening(None, None)
    if framework == "spring-boot" and not build.war and not build.depends_on(*_SERVES):
        return _Listening(None, None)
    if build.war and framework != "spring-boot":
        return _Listening(8080, None)
    if found := settings.port(tree, texts, entries):
        return _Listening(*found)
    return _Listening(_DEFAULT_PORTS.get(framework), None)


def _kind(framework: str, listening: _Listening, texts: tuple[Text, ...]) -> Kind:
    if listening.port is not None:
        return "web"
    return "worker" if framework == "spring-boot" or first(texts, _WAITS) else "job"


def _health(
    build: Build, framework: str, texts: tuple[Text, ...], entries: dict[str, settings.Setting], port: int | None
) -> tuple[Healthcheck, tuple[Evidence, ...]]:
    def prefixed(*names: str) -> str:
        found = next((entries[name].value for name in names if name in entries), "")
        return f"/{found.strip('/')}" if found.strip("/") and "$" not in found else ""

    if port is not None and framework == "spring-boot" and (actuator := build.depends_on(*_ACTUATOR)):
        if "management.server.port" in entries:
            return Healthcheck("tcp"), ()
        context = prefixed("server.servlet.context-path", "spring.webflux.base-path")
        base = prefixed("management.endpoints.web.base-path") or "/actuator"
        return Healthcheck("http", f"{context}{base}/health"), (actuator.hit.speaks_for("healthcheck", "actuator"),)
    if port is not None and (health := build.depends_on("quarkus-smallrye-health", "micronaut-management")):
        path = "/q/health" if framework == "quarkus" else "/health"
        return Healthcheck("http", path), (health.hit.speaks_for("healthcheck", "health-extension"),)
    return routes.health_of(texts, port)


def _main_class(build: Build, texts: tuple[Text, ...]) -> str:
    """Return the class that is run: the one the build names, or the only one with a `main`."""
    if build.main and "$" not in build.main:
        return build.main
    found = set()
    for text in texts:
        if first((text,), _MAIN) and text.path.endswith((".java", ".kt")):
            package = first((text,), r"^\s*package\s+([\w.]+)")
            name = text.path.rpartition("/")[2].rpartition(".")[0] + ("Kt" if text.path.endswith(".kt") else "")
            found.add(f"{package.groups[0]}.{name}" if package else name)
    return found.pop() if len(found) == 1 else ""


def _services(build: Build) -> tuple[ServiceNeed, ...]:
    found: dict[str, ServiceNeed] = {}
    for name, dependency in build.dependencies.items():
        if service := services.of_driver("jvm", name):
            found.setdefault(service, ServiceNeed(service, source=dependency.hit.source))
    return tuple(found[service] for service in sorted(found))


def _dependency_files(tree: Tree, build: Build) -> tuple[str, ...]:
    others_ = (*gradle.SETTINGS, gradle.CATALOGUE, "project/build.properties", "project/plugins.sbt", "build.clj")
    return (build.file, *(path for path in others_ if tree.has(path) and build.tool != "maven"))


def _cautions(tree: Tree, build: Build) -> tuple[Caution, ...]:
    if tree.has("pom.xml") and gradle.file_of(tree):
        text = f"it can be built by Maven and by Gradle; {build.tool.capitalize()} is used"
        return (Caution("two-builds", tree.whole(build.file), 0, text),)
    if build.tool == "gradle" and tree.project.has("gradlew") and not build.wrapper:
        text = "gradle/wrapper/gradle-wrapper.jar is not in the project, so the wrapper can't be used; commit it"
        return (Caution("no-wrapper", tree.whole("gradlew"), 0, text),)
    return ()


def version_of(analysis: Analysis) -> Version:
    """Return the Java of an analysis."""
    return analysis.language_version if analysis.language_version.value else Version("21")
