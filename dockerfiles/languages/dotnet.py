""".NET: solutions and their projects, published by the SDK and run by the runtime that fits."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from shlex import quote

from dockerfiles import reading, routes, services, staging, storage, variables
from dockerfiles.analysis import (
    Analysis,
    BaseImages,
    Command,
    Evidence,
    Kind,
    PackageManager,
    ServiceNeed,
    SystemPackages,
    Variable,
    Version,
)
from dockerfiles.language import Sign, Wishes
from dockerfiles.recipe import Base, Copy, Recipe, Run, Stage, Step, Workdir
from dockerfiles.sources import Hit, at_line, first, sources
from dockerfiles.tree import Text, Tree
from dockerfiles.variables import Way

_PROJECTS = (".csproj", ".fsproj", ".vbproj")
_SOLUTIONS = (".sln", ".slnx", ".slnf")
_NEWEST = "8.0"
_REGISTRY = "mcr.microsoft.com/dotnet"
# The user that the images have for applications, since 8.
_USER = "1654:1654"
_SHARED = ("global.json", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props")
_TESTS = re.compile(r"(?i)(?:^|[./])(?:unit|integration|functional)?tests?$|xunit|nunit|mstest|benchmark")
_WAYS = (
    Way(r"GetEnvironmentVariable\(\s*\"(\w+)\"\s*\)\s*\?\?\s*\"([^\"]*)\""),
    Way(r"GetEnvironmentVariable\(\s*\"(\w+)\"\s*\)\s*(?:\?\?\s*throw|!)", required=True),
    Way(r"GetEnvironmentVariable\(\s*\"(\w+)\""),
    Way(r"\b(?:Configuration|config)\[\s*\"([A-Z][A-Z0-9_]+)\"\s*\]\s*\?\?\s*\"([^\"]*)\""),
    Way(r"\b(?:Configuration|config)\[\s*\"([A-Z][A-Z0-9_]+)\"\s*\]\s*(?:\?\?\s*throw|!)", required=True),
    Way(r"\b(?:Configuration|config)\[\s*\"([A-Z][A-Z0-9_]+)\"\s*\]"),
)
_CONNECTIONS = r"GetConnectionString\(\s*\"(\w+)\"\s*\)"
_PORTS = (
    r"(?:UseUrls|\.Run|Urls\.Add|RunAsync)\(\s*\$?\"https?://[^:\"]+:(\d{2,5})",
    r"\bListen(?:AnyIP)?\((?:\s*IPAddress\.\w+\s*,)?\s*(\d{2,5})",
    r"GetEnvironmentVariable\(\"PORT\"\)\s*\?\?\s*\"(\d{2,5})\"",
)


@dataclass(frozen=True, slots=True)
class _Project:
    """One project file; `path` is seen from the tree. `target` is the version of .NET, "" where none is named."""

    path: str
    sdk: str = ""
    target: str = ""
    hit: Hit | None = None
    assembly: str = ""
    executable: bool = False
    packages: Mapping[str, tuple[str, Hit]] = field(default_factory=dict)
    references: tuple[str, ...] = ()
    spa: bool = False

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def web(self) -> bool:
        return self.sdk == "Microsoft.NET.Sdk.Web"

    @property
    def runs(self) -> bool:
        """Whether it is a program: not a library, and no tests."""
        stem = PurePosixPath(self.path).stem
        tests = _TESTS.search(stem) or any(_TESTS.search(name) for name in self.packages)
        return not tests and (self.web or self.sdk == "Microsoft.NET.Sdk.Worker" or self.executable)


class Dotnet:
    """The platform as `dockerfiles.language.Language` describes a language."""

    name = "dotnet"

    def recognise(self, tree: Tree) -> Sign | None:
        here = [path for path in tree.with_suffix(*_PROJECTS) if "/" not in path]
        solution = next((path for path in tree.with_suffix(*_SOLUTIONS) if "/" not in path), None)
        if not here and solution is None:
            return None
        file = solution or here[0]
        programs = _programs(tree) if not here else [one for one in map_projects(tree, here) if one.runs]
        web = [one for one in programs if one.web] or programs
        if len(web) > 1 and not here:
            folders = tuple(sorted(one.folder for one in programs))
            return Sign(0.9, file, f"a solution with {len(folders)} applications", members=folders)
        if not programs:
            return Sign(0.7, file, "projects without a program", library=True)
        return Sign(0.97 if web[0].web else 0.9, file, "a .NET application")

    def analyse(self, tree: Tree, wishes: Wishes) -> Analysis:
        return _analyse(tree, wishes)

    def recipe(self, analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
        return _recipe(analysis, tree, wishes)


def map_projects(tree: Tree, paths: list[str]) -> list[_Project]:
    """Return the projects of these files, those that can be read."""
    return [project for path in paths if (project := _read(tree, path)) is not None]


def _programs(tree: Tree) -> list[_Project]:
    return [one for one in map_projects(tree, list(tree.with_suffix(*_PROJECTS))) if one.runs]


def _application(tree: Tree) -> _Project:
    """Return the project that is run: one at the root, else the only web application, else the only program."""
    here = [path for path in tree.with_suffix(*_PROJECTS) if "/" not in path]
    programs = [one for one in map_projects(tree, here) if one.runs] or _programs(tree)
    web = [one for one in programs if one.web]
    found = (web or programs)[:1] or map_projects(tree, list(tree.with_suffix(*_PROJECTS)))[:1]
    return found[0] if found else _Project("app.csproj")


def _read(tree: Tree, path: str) -> _Project | None:
    root, text = reading.xml(tree, path), tree.text(path)
    if root is None or text is None:
        return None
    shared = next((one for above in _above(path) if (one := tree.text(f"{above}Directory.Build.props"))), None)
    target = first((text, *((shared,) if shared else ())), r"<TargetFrameworks?>\s*([^<]+)<")
    named = re.findall(r"net(?:coreapp)?(\d+\.\d+)", target.groups[0]) if target else []
    packages = {
        (element.get("Include") or "").lower(): (
            element.get("Version") or element.findtext("Version") or "",
            at_line(text, f'"{element.get("Include")}"'),
        )
        for element in root.iter("PackageReference")
        if element.get("Include")
    }
    return _Project(
        path,
        sdk=root.get("Sdk") or next((one.get("Name") or "" for one in root.iter("Sdk")), ""),
        target=max(named, key=float, default=""),
        hit=target,
        assembly=next((element.text or "" for element in root.iter("AssemblyName")), ""),
        executable=any((element.text or "").strip().lower() == "exe" for element in root.iter("OutputType")),
        packages=packages,
        references=tuple((one.get("Include") or "").replace("\\", "/") for one in root.iter("ProjectReference")),
        spa=any(element.text for element in root.iter("SpaRoot")),
    )


def _above(path: str) -> Iterator[str]:
    for folder in PurePosixPath(path).parents:
        yield "" if str(folder) == "." else f"{folder}/"


def _context(tree: Tree, project: _Project) -> Tree:
    """Return the tree that is built: the project's around it, when its references or its solution lie there."""
    outside = any(reference.startswith("..") for reference in project.references) and "/" not in project.path
    shared = any(tree.project.has(name) for name in _SHARED)
    return tree.project if tree.prefix and (outside or shared) else tree


def _analyse(tree: Tree, wishes: Wishes) -> Analysis:
    project = _application(tree)
    texts = sources(tree, ".cs", ".fs", ".vb", style="c", tests=r"(?i)tests?/|Tests?\.cs$", within=frozenset({"bin"}))
    version, named = _version(project, wishes)
    hit = first(texts, *_PORTS)
    serves = project.web or hit is not None
    port = int(hit.groups[0]) if hit else 8080 if serves else None
    name = project.assembly if project.assembly and "$" not in project.assembly else PurePosixPath(project.path).stem
    health, health_evidence = routes.health_of(texts, port)
    path = (_context(tree, project) is tree and project.path) or tree.whole(project.path)
    tools = tree.first(".config/dotnet-tools.json", "dotnet-tools.json")
    binds = {} if hit or not serves else _bind(version.value)
    return Analysis(
        root=tree.prefix,
        language="dotnet",
        name=name,
        language_version=version,
        framework="aspnetcore" if project.web else "",
        framework_version=version.value if project.web else "",
        package_manager=PackageManager("nuget"),
        kind=_kind(project, serves=serves),
        dependency_files=(project.path,),
        lock_file=tree.first(f"{project.folder}/packages.lock.json".lstrip("/")) or "",
        install_commands=(*(("dotnet tool restore",) if tools else ()), f"dotnet restore {quote(path)}"),
        build_commands=(f"dotnet publish {quote(path)} -c Release -o /out --no-restore",),
        artefacts=("/out/.",),
        run_command=Command(("dotnet", f"{name}.dll")),
        ports=staging.ports(port, hit.source if hit else ""),
        bind_env=binds,
        env=_variables(tree, texts),
        system_packages=SystemPackages(("nodejs", "npm"), (), dict.fromkeys(("nodejs", "npm"), "SpaRoot"))
        if project.spa
        else SystemPackages(),
        services=_services(project),
        volumes=storage.volumes(storage.folders(texts)),
        healthcheck=health,
        base_images=BaseImages(
            _image("sdk", _sdk(tree, version.value)).reference, _image(_runtime(project), version.value).reference
        ),
        confidence={"language": 1.0, "run_command": 0.95, "ports": 0.9 if hit or project.web else 0.7},
        evidence=(
            Evidence("language", tree.whole(project.path), 0, "", "project-file"),
            Evidence("run_command", tree.whole(project.path), 1, f'Sdk="{project.sdk}"', "assembly"),
            *((named.speaks_for("language_version", "target-framework"),) if named else ()),
            *((hit.speaks_for("ports", "listen"),) if hit else ()),
            *health_evidence,
        ),
    )


def _version(project: _Project, wishes: Wishes) -> tuple[Version, Hit | None]:
    if wishes.version:
        return Version(wishes.version, wishes.version, "--version"), None
    if project.target and project.hit:
        return Version(project.target, project.hit.groups[0], project.hit.source), project.hit
    return Version(_NEWEST), None


def _kind(project: _Project, *, serves: bool) -> Kind:
    if serves:
        return "web"
    hosted = "microsoft.extensions.hosting" in project.packages
    return "worker" if project.sdk == "Microsoft.NET.Sdk.Worker" or hosted else "job"


def _bind(version: str) -> dict[str, str]:
    # Images before 8 listen on 80, which not every host lets a user have who is not root.
    return {"ASPNETCORE_HTTP_PORTS": "8080"} if _number(version) >= 8 else {"ASPNETCORE_URLS": "http://+:8080"}


def _variables(tree: Tree, texts: tuple[Text, ...]) -> tuple[Variable, ...]:
    settings = reading.json_object(tree, "appsettings.json").get("ConnectionStrings")
    given = {name for name, value in settings.items() if value} if isinstance(settings, dict) else set()
    connections = []
    for name in dict.fromkeys(hit.groups[0] for hit in _connections(texts)):
        hit = next(one for one in _connections(texts) if one.groups[0] == name)
        variable = f"ConnectionStrings__{name}"
        connections.append(Variable(variable, required=name not in given, secret=True, source=hit.source))
    return variables.merged(connections, variables.read_in(texts, _WAYS), variables.of_examples(tree))


def _connections(texts: tuple[Text, ...]) -> Iterator[Hit]:
    for text in texts:
        if hit := first((text,), _CONNECTIONS):
            yield hit


def _services(project: _Project) -> tuple[ServiceNeed, ...]:
    found: dict[str, ServiceNeed] = {}
    for name, (_, hit) in project.packages.items():
        if service := services.of_driver("dotnet", name):
            found.setdefault(service, ServiceNeed(service, source=hit.source))
    return tuple(found[service] for service in sorted(found))


def _sdk(tree: Tree, version: str) -> str:
    """Return the SDK to build with: a newer one than the runtime's where global.json asks for it."""
    sdk = reading.json_object(tree.project, "global.json").get("sdk")
    asked = str(sdk.get("version", "")) if isinstance(sdk, dict) else ""
    found = re.match(r"\d+\.\d+", asked)
    return found[0] if found and _number(found[0]) > _number(version) else version


def _runtime(project: _Project) -> str:
    return "aspnet" if project.web else "runtime"


def _image(name: str, version: str) -> Base:
    # From 10 on the images rest on Ubuntu; before, on Debian.
    number = _number(version)
    tag = version if number >= 10 or number < 6 else f"{version}-bookworm-slim"
    return Base(f"{_REGISTRY}/{name}", tag, "bookworm")


def _number(version: str) -> int:
    found = re.match(r"\d+", version)
    return int(found[0]) if found else 0


def _recipe(analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
    project = _application(tree)
    context = _context(tree, project)
    version = analysis.language_version.value or _NEWEST
    sdk, installed = staging.toolchain(_image("sdk", _sdk(tree, version)), (f"dotnet-sdk-{version}",), wishes)
    files = [path for path in context.files if path.endswith((*_PROJECTS, *_SOLUTIONS)) and path.count("/") < 4]
    shared = [
        name for name in context.files if PurePosixPath(name).name.lower() in {"nuget.config", "packages.lock.json"}
    ]
    named = [*_SHARED, ".config/dotnet-tools.json", *shared, *files]
    steps: list[Step] = [
        *installed,
        *staging.packages(analysis.system_packages.build, "What the front end is built with"),
        Workdir(staging.BUILT_IN),
        *staging.manifests(context, named, "What names the packages: this layer lasts until they change"),
        Run(analysis.install_commands, "The packages", caches={"nuget": "/root/.nuget/packages"}),
        staging.everything(),
        Run(analysis.build_commands, "The application, as it is published", caches={"nuget": "/root/.nuget/packages"}),
    ]
    run, runs = staging.toolchain(_image(_runtime(project), version), (f"aspnetcore-runtime-{version}",), wishes)
    placed = (Workdir(staging.RUNS_IN), Copy(("/out/",), "./", "The application as it was published", origin="build"))
    texts = sources(tree, ".cs", style="c")
    own = _number(version) >= 8 and not wishes.bases.get("")
    runtime = staging.runtime(
        analysis,
        writable=storage.folders(texts),
        environment={"DOTNET_EnableDiagnostics": "0"},
        user=_USER if own else "",
    )
    stages = (
        Stage("build", sdk, tuple(steps), "Packages and the application"),
        Stage("run", run, (*runs, *placed), "The image: the runtime and the application"),
    )
    return Recipe(stages, runtime, whole_project=context is not tree)


LANGUAGE = Dotnet()
