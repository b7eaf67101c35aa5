"""What each build tool makes of an application, by which commands, and how that is run."""

from dataclasses import dataclass
from shlex import quote

from dockerfiles.languages.jvm.build import Build, major, quiet_find
from dockerfiles.languages.jvm.others import SBT
from dockerfiles.recipe import Base

GRADLE = "8.14"
TOMCAT = "/usr/local/tomcat"
_MVN = "mvn -B -ntp"
_LAYERS = ("dependencies", "spring-boot-loader", "snapshot-dependencies", "application")
_JAVAX = ("javax.servlet-api", "servlet-api", "javaee-api", "javaee-web-api")


@dataclass(frozen=True, slots=True)
class Packed:
    """How it is built and run.

    Artefacts are paths in the build stage: the last part of each is its name in the image, and of one that ends in
    `/.` the content is taken.
    """

    install: tuple[str, ...]
    build: tuple[str, ...]
    artefacts: tuple[str, ...]
    run: tuple[str, ...]
    tool: str
    wrapper: bool = False
    tomcat: str = ""
    confidence: float = 0.9

    def image(self, java: str) -> Base:
        """Return the image that it is built in."""
        if self.tool == "maven":
            return Base("maven", f"3.9-eclipse-temurin-{java}", "")
        if self.tool == "gradle" and not self.wrapper:
            return Base("gradle", f"{GRADLE}-jdk{java}", "")
        if self.tool in {"lein", "clojure"}:
            return Base("clojure", f"temurin-{java}-{'lein' if self.tool == 'lein' else 'tools-deps'}-bookworm-slim")
        return Base("eclipse-temurin", f"{java}-jdk", "")

    def run_image(self, java: str) -> Base:
        """Return the image that it is run in."""
        return (
            Base("tomcat", f"{self.tomcat}-jre{java}", "")
            if self.tomcat
            else Base("eclipse-temurin", f"{java}-jre", "")
        )


def packed(build: Build, framework: str, framework_version: str, main: str) -> Packed:
    """Return how an application is built and run."""
    if build.tool == "maven":
        return _maven(build, framework, framework_version, main)
    if build.tool == "gradle":
        return _gradle(build, framework, framework_version)
    if build.tool == "sbt":
        return _sbt(build)
    return _clojure(build)


def _maven(build: Build, framework: str, framework_version: str, main: str) -> Packed:
    within = f"{build.member}/" if build.member else ""
    only = f" -pl {quote(build.member)} -am" if build.member else ""
    install = () if build.member else (f"{_MVN} dependency:go-offline",)
    package = f"{_MVN}{only} -DskipTests package"
    jar = _jar(build)
    if build.war and framework != "spring-boot":
        taken = (
            f"cp {quote(f'{within}target/{jar}.war')} /out/ROOT.war"
            if jar
            else quiet_find(f"{quote(within)}target", "*.war")
        )
        named = "/out/ROOT.war" if jar else "/out/app.war"
        return Packed(
            install, (package, "mkdir -p /out", taken), (named,), ("catalina.sh", "run"), "maven", tomcat=_tomcat(build)
        )
    if framework == "quarkus":
        folder = f"/src/{within}target/quarkus-app/."
        return Packed(install, (package,), (folder,), ("java", "-jar", "quarkus-run.jar"), "maven")
    suffix = "war" if build.war else "jar"
    packs = build.settings.get("packs", "")
    if packs == "maven-assembly-plugin":
        goal = "" if build.settings.get("bound") else " assembly:single"
        commands = (
            f"{package}{goal}",
            "mkdir -p /out",
            f"cp {quote(f'{within}target')}/*-jar-with-dependencies.jar /out/app.jar",
        )
        return Packed(install, commands, ("/out/app.jar",), ("java", "-jar", "app.jar"), "maven", confidence=0.8)
    if packs == "maven-shade-plugin" and not build.settings.get("bound"):
        package += " org.apache.maven.plugins:maven-shade-plugin:shade"
    taken = (
        f"cp {quote(f'{within}target/{jar}.{suffix}')} /out/app.{suffix}"
        if jar
        else quiet_find(f"{quote(f'{within}target')}", f"*.{suffix}")
    )
    if framework == "spring-boot":
        return _boot(install, (package, "mkdir -p /out", taken), suffix, framework_version, "maven")
    if packs or framework == "micronaut":
        return Packed(
            install, (package, "mkdir -p /out", taken), ("/out/app.jar",), ("java", "-jar", "app.jar"), "maven"
        )
    # A jar without what it depends on: the libraries are laid beside it.
    beside = f"{package} dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=/out/lib"
    commands = (beside, "mkdir -p /out/lib", taken)
    run = ("java", "-cp", "app.jar:lib/*", main) if main else ("java", "-jar", "app.jar")
    return Packed(install, commands, ("/out/app.jar", "/out/lib"), run, "maven", confidence=0.85 if main else 0.4)


def _gradle(build: Build, framework: str, framework_version: str) -> Packed:
    command = "sh ./gradlew --no-daemon" if build.wrapper else "gradle --no-daemon"
    task = f":{build.member.replace('/', ':')}:" if build.member else ""
    within = f"{build.member}/" if build.member else ""
    install = () if build.member else (f"{command} dependencies",)

    def made(name: str, artefacts: tuple[str, ...], run: tuple[str, ...], *then: str) -> Packed:
        commands = (f"{command} {quote(task + name)} -x test", *then)
        return Packed(install, commands, artefacts, run, "gradle", build.wrapper)

    if framework == "quarkus":
        return made("quarkusBuild", (f"/src/{within}build/quarkus-app/.",), ("java", "-jar", "quarkus-run.jar"))
    libs = quote(f"{within}build/libs")
    if framework == "spring-boot":
        suffix, name = ("war", "bootWar") if build.war else ("jar", "bootJar")
        commands = (f"{command} {quote(task + name)} -x test", "mkdir -p /out", quiet_find(libs, f"*.{suffix}"))
        packed_ = _boot(install, commands, suffix, framework_version, "gradle")
        return Packed(packed_.install, packed_.build, packed_.artefacts, packed_.run, "gradle", build.wrapper)
    if build.war:
        taken = ("mkdir -p /out", f"find {libs} -maxdepth 1 -name '*.war' -exec cp {{}} /out/ROOT.war \\;")
        return Packed(
            install,
            (f"{command} {quote(task + 'war')}", *taken),
            ("/out/ROOT.war",),
            ("catalina.sh", "run"),
            "gradle",
            build.wrapper,
            _tomcat(build),
        )
    shadow = any(name.endswith((".shadow", "shadow")) for name in build.plugins)
    if shadow and "application" not in build.plugins:
        taken = ("mkdir -p /out", f"find {libs} -maxdepth 1 -name '*-all.jar' -exec cp {{}} /out/app.jar \\;")
        return made("shadowJar", ("/out/app.jar",), ("java", "-jar", "app.jar"), *taken)
    name = build.member.rpartition("/")[2] or build.name
    return made("installDist", (f"/src/{within}build/install/{name}/.",), (f"/app/bin/{name}",))


def _boot(install: tuple[str, ...], commands: tuple[str, ...], suffix: str, version: str, tool: str) -> Packed:
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    run = ("java", "-jar", f"app.{suffix}")
    if suffix == "war" or numbers < (3, 3):
        return Packed(install, commands, (f"/out/app.{suffix}",), run, tool, confidence=0.95)
    # In layers: the libraries, which change seldom, are one of the image's own.
    layers = "java -Djarmode=tools -jar /out/app.jar extract --layers --destination /out/layers"
    return Packed(
        install, (*commands, layers), tuple(f"/out/layers/{layer}/." for layer in _LAYERS), run, tool, confidence=0.95
    )


def _sbt(build: Build) -> Packed:
    if build.settings.get("assembly") and not build.plugins:
        taken = ("mkdir -p /out", "find target -name '*-assembly-*.jar' -exec cp {} /out/app.jar \\;")
        return Packed(("sbt update",), ("sbt assembly", *taken), ("/out/app.jar",), ("java", "-jar", "app.jar"), "sbt")
    run: tuple[str, ...] = (f"/app/bin/{build.name}",)
    if any(name.startswith("Play") for name in build.plugins):
        # A file with its process number would stop the second start of a container.
        run = (*run, "-Dpidfile.path=/dev/null")
    confidence = 0.9 if build.plugins else 0.5
    return Packed(
        ("sbt update",), ("sbt stage",), ("/src/target/universal/stage/.",), run, "sbt", confidence=confidence
    )


def _clojure(build: Build) -> Packed:
    run = ("java", "-jar", "app.jar")
    taken = ("mkdir -p /out", "find target -name '*standalone.jar' -exec cp {} /out/app.jar \\;")
    if build.tool == "lein":
        command = "lein ring uberjar" if build.settings.get("ring") else "lein uberjar"
        return Packed(("lein deps",), (command, *taken), ("/out/app.jar",), run, "lein")
    taken = ("mkdir -p /out", "find target -maxdepth 1 -name '*.jar' -exec cp {} /out/app.jar \\;")
    confidence = 0.8 if build.settings.get("script") else 0.4
    return Packed(
        ("clojure -P",), ("clojure -T:build uber", *taken), ("/out/app.jar",), run, "clojure", confidence=confidence
    )


def sbt_version(build: Build) -> str:
    """Return the sbt that the build is fetched with."""
    return build.tool_version or SBT


def _jar(build: Build) -> str:
    """Return the name of what Maven makes, without its suffix; "" when the files do not tell."""
    if final := build.settings.get("final"):
        return "" if "$" in final else final
    return f"{build.name}-{build.version}" if build.version and "$" not in build.name + build.version else ""


def _tomcat(build: Build) -> str:
    """Return the Tomcat for its servlets: since 10 they are called jakarta, before javax."""
    old = build.depends_on(*_JAVAX)
    return "9.0" if old and major(old.version) < 5 else "10.1"
