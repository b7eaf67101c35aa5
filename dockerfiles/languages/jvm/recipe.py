"""How an application for the JVM is built, and the image it runs in."""

from dockerfiles import staging
from dockerfiles.analysis import Analysis
from dockerfiles.language import Wishes
from dockerfiles.languages.jvm import analysing, gradle, maven, packing
from dockerfiles.languages.jvm.build import Build
from dockerfiles.recipe import Copy, Recipe, Run, Stage, Step, Workdir
from dockerfiles.tree import Tree

_MANIFESTS = {
    "maven": ("pom.xml", ".mvn/maven.config", ".mvn/jvm.config", ".mvn/extensions.xml"),
    "gradle": (
        *("gradlew", *gradle.FILES, *gradle.SETTINGS, "gradle.properties", gradle.CATALOGUE, "gradle.lockfile"),
        *("gradle/wrapper/gradle-wrapper.jar", "gradle/wrapper/gradle-wrapper.properties"),
    ),
    "sbt": ("build.sbt", "project/build.properties", "project/plugins.sbt"),
    "lein": ("project.clj",),
    "clojure": ("deps.edn", "build.clj"),
}
_CACHES = {
    "maven": {"maven": "/root/.m2"},
    "gradle": {"gradle": "/root/.gradle"},
    "sbt": {"sbt": "/root/.sbt", "coursier": "/root/.cache/coursier"},
    "lein": {"maven": "/root/.m2"},
    "clojure": {"maven": "/root/.m2"},
}
_DEBIAN = {"maven": "maven", "gradle": "gradle", "lein": "leiningen", "clojure": "clojure", "sbt": "curl"}
# Beyond three quarters of the container's memory for the heap, the rest of the process has too little.
_ENVIRONMENT = {"JAVA_TOOL_OPTIONS": "-XX:MaxRAMPercentage=75"}


def recipe(analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
    """Return how it is built and run."""
    build = analysing.read(tree) or Build("maven", "pom.xml", tree.name)
    tomcat = analysis.run_command is not None and analysis.run_command.argv[0] == "catalina.sh"
    stages = (_build(analysis, build, tree, wishes), _run(analysis, build, wishes, tomcat=tomcat))
    writable = tuple(f"{packing.TOMCAT}/{folder}" for folder in ("webapps", "work", "temp", "logs", "conf"))
    runtime = staging.runtime(analysis, writable=writable if tomcat else (), environment=_ENVIRONMENT)
    return Recipe(stages, runtime, whole_project=bool(build.member))


def _images(analysis: Analysis, build: Build) -> packing.Packed:
    main = analysis.run_command.argv[-1] if analysis.run_command and "-cp" in analysis.run_command.argv else ""
    return packing.packed(build, analysis.framework, analysis.framework_version, main)


def _build(analysis: Analysis, build: Build, tree: Tree, wishes: Wishes) -> Stage:
    java = analysing.version_of(analysis).value
    image = _images(analysis, build).image(java)
    base, installed = staging.toolchain(image, (_DEBIAN[build.tool], "openjdk-17-jdk-headless"), wishes)
    caches = _CACHES[build.tool]
    steps: list[Step] = [*installed, *_sbt(build), Workdir(staging.BUILT_IN)]
    if analysis.install_commands:
        files = _MANIFESTS[build.tool]
        steps += staging.manifests(tree, files, "What names the dependencies: this layer lasts until they change")
        steps.append(Run(analysis.install_commands, "The dependencies", caches=caches))
    steps.append(staging.everything())
    steps.append(Run(analysis.build_commands, "The application, packed", caches=caches))
    return Stage("build", base, tuple(steps), "Dependencies and the application")


def _sbt(build: Build) -> tuple[Step, ...]:
    if build.tool != "sbt":
        return ()
    address = f"https://github.com/sbt/sbt/releases/download/v{packing.sbt_version(build)}/sbt-{packing.sbt_version(build)}.tgz"
    fetched = (
        f"curl -fsSL -o /tmp/sbt.tgz {address}",
        "tar -xzf /tmp/sbt.tgz -C /usr/local --strip-components=1",
        "rm /tmp/sbt.tgz",
    )
    return (Run(fetched, "sbt, at the version of project/build.properties"),)


def _run(analysis: Analysis, build: Build, wishes: Wishes, *, tomcat: bool) -> Stage:
    image = _images(analysis, build).run_image(analysing.version_of(analysis).value)
    base, installed = staging.toolchain(image, ("tomcat10",) if tomcat else ("openjdk-17-jre-headless",), wishes)
    needed = staging.packages(analysis.system_packages.runtime, "Libraries that it needs when it runs")
    return Stage(
        "run",
        base,
        (*installed, *needed, *_placed(analysis, tomcat=tomcat)),
        "The image: a Java runtime and the application",
    )


def _placed(analysis: Analysis, *, tomcat: bool) -> tuple[Step, ...]:
    why = "The application as it was packed"
    if tomcat:
        return tuple(
            Copy((path,), f"{packing.TOMCAT}/webapps/ROOT.war", why, origin="build") for path in analysis.artefacts
        )
    steps: list[Step] = [Workdir(staging.RUNS_IN)]
    for path in analysis.artefacts:
        target = "./" if path.endswith("/.") else f"./{path.rpartition('/')[2]}"
        steps.append(Copy((path.removesuffix("."),), target, why, origin="build"))
    return tuple(steps)


def members(tree: Tree) -> tuple[str, ...]:
    """Return the folders of a workspace's applications."""
    return maven.members(tree) or gradle.members(tree)
