"""The facts of a Ruby application."""

from collections.abc import Iterator

from dockerfiles import frontend, manifests, native, routes, services, staging, storage, variables
from dockerfiles.analysis import (
    Analysis,
    BaseImages,
    Caution,
    Command,
    Evidence,
    Healthcheck,
    Kind,
    PackageManager,
    Process,
    ServiceNeed,
    SystemPackages,
    Variable,
)
from dockerfiles.language import Wishes
from dockerfiles.languages.ruby import gems
from dockerfiles.languages.ruby.gems import Bundle
from dockerfiles.sources import Hit, first, sources
from dockerfiles.tree import Text, Tree
from dockerfiles.variables import Way

# In its container a server has to listen on every address, or nothing outside reaches it.
_ALL = "0.0.0.0"  # noqa: S104
# What serves a bare config.ru, which no Gemfile names a server for.
_SERVER = "gem install --no-document puma:6.4.3 rack:3.1.8"
_FRAMEWORKS = ("rails", "hanami", "sinatra", "roda", "grape", "padrino", "cuba", "rage-rb")
_SCRIPTS = ("app.rb", "main.rb", "server.rb", "web.rb", "bot.rb", "worker.rb", "start.rb", "application.rb")
_WAYS = (
    Way(r"ENV\.fetch\(\s*[\"'](\w+)[\"']\s*,\s*[\"']?([^\"'\s)]*)"),
    Way(r"ENV\.fetch\(\s*[\"'](\w+)[\"']\s*\)\s*(?:\{|do)\s*[\"']?([^\"'\s}]*)"),
    Way(r"ENV\[\s*[\"'](\w+)[\"']\s*\]\s*\|\|=?\s*[\"']([^\"']*)[\"']"),
    Way(r"ENV\[\s*[\"'](\w+)[\"']\s*\]\s*\|\|\s*(\d+)"),
    Way(r"ENV\[\s*[\"'](\w+)[\"']\s*\]\s*(?:\|\||or)\s*(?:raise|abort|fail)\b", required=True),
    Way(r"ENV\.fetch\(?\s*[\"'](\w+)[\"']\s*\)?(?!\s*(?:,|\{|do\b))", required=True),
    Way(r"ENV\[\s*[\"'](\w+)[\"']\s*\]"),
)
_PORTS = (
    r"^\s*port\s*\(?\s*ENV(?:\.fetch\(|\[)[\"']PORT[\"'](?:\]|\)|)?\s*(?:,|\{|\|\||do)\s*[\"']?(\d{2,5})",
    r"^\s*port\s*\(?\s*(\d{2,5})",
    r"^\s*bind\s+[\"']tcp://[\w.:\[\]]*?:(\d{2,5})",
    r"^\s*listen\s+[\"']?(?:[\w.]+:)?(\d{2,5})",
    r"\bset\s*\(?\s*:port,\s*(?:ENV[^\n]*?)?(\d{2,5})",
    r"(?:port|Port)[\"']?\s*(?::|=>|=)\s*(?:ENV[^\n]*?)?[\"']?(\d{4,5})\b",
    r"TCPServer\.new\(\s*(?:[\"'][\d.]+[\"']\s*,\s*)?(\d{4,5})",
)


def code(tree: Tree) -> tuple[Text, ...]:
    """Return the application's code, comments blanked."""
    tests = r"_(?:spec|test)\.rb$|(?:^|/)config/environments/(?:development|test)\.rb$"
    return sources(tree, ".rb", ".ru", ".rake", style="hash", tests=tests, within=frozenset({"bin"}))


def framework(bundle: Bundle) -> str:
    """Return the framework, "" for none."""
    return next((name for name in _FRAMEWORKS if bundle.has(name)), "")


def script(tree: Tree) -> str | None:
    """Return the file that is run where nothing else says so."""
    alone = [path for path in tree.with_suffix(".rb") if "/" not in path]
    return tree.first(*_SCRIPTS) or (alone[0] if len(alone) == 1 else None)


def analyse(tree: Tree, wishes: Wishes) -> Analysis:
    """Return the facts of the application at the root of a tree."""
    bundle = gems.read(tree)
    name = framework(bundle)
    version = gems.version(tree, bundle, wishes.version)
    texts = code(tree)
    declared = manifests.declared(tree)
    command, default_port = _command(tree, bundle, name)
    port, port_hit = _port(texts, default_port)
    serves = default_port is not None or port_hit is not None
    health, health_evidence = _health(texts, port if serves else None)
    front = frontend.found(tree, "")
    run = declared.start or command
    return Analysis(
        root=tree.prefix,
        language="ruby",
        name=tree.name,
        language_version=version,
        framework=name,
        framework_version=bundle.locked.get(name, ""),
        package_manager=PackageManager("bundler", bundle.bundler) if bundle.gems else PackageManager(""),
        kind=_kind(texts, serves=serves),
        dependency_files=tuple(path for path in ("Gemfile", "gems.rb") if tree.has(path)),
        lock_file=tree.first("Gemfile.lock", "gems.locked") or "",
        install_commands=_install(tree, bundle),
        build_commands=tuple(_build(tree, bundle, name, front)),
        artefacts=(".",),
        run_command=run,
        release_command=declared.release or _release(tree, name),
        processes=_processes(declared, bundle, run, port if serves else None),
        ports=staging.ports(port if serves else None, port_hit.source if port_hit else ""),
        env=_variables(tree, name, texts),
        system_packages=_packages(bundle, name),
        services=_services(bundle),
        volumes=_volumes(tree, name, texts),
        healthcheck=health,
        base_images=BaseImages(f"ruby:{image_tag(version.value)}", f"ruby:{image_tag(version.value)}"),
        warnings=(*declared.cautions, *_cautions(tree, bundle)),
        confidence={
            "language": 1.0,
            "run_command": 0.95 if declared.start or name or default_port else 0.6,
            "ports": 0.9,
        },
        evidence=(
            *_evidence(tree, bundle, name, declared),
            *((port_hit.speaks_for("ports", "server-settings"),) if port_hit else ()),
            *((front.evidence,) if front else ()),
            *health_evidence,
        ),
    )


def image_tag(version: str) -> str:
    """Return the tag of the image for a Ruby; those before 3 are only there on an older Debian."""
    return f"{version}-slim-{'bullseye' if version.startswith('2.') else 'bookworm'}"


def _command(tree: Tree, bundle: Bundle, name: str) -> tuple[Command, int | None]:
    """Return what runs it, and the port that has where nothing says otherwise."""
    bundled = ("bundle", "exec") if bundle.gems else ()
    if words := _server(tree, bundle, name):
        return Command((*bundled, *words)), 3000 if name == "rails" or "thin" in words else 9292
    file = script(tree) or "app.rb"
    if name == "sinatra":
        return Command((*bundled, "ruby", file, "-o", _ALL)), 4567
    return Command((*bundled, "ruby", file)), None


def _server(tree: Tree, bundle: Bundle, name: str) -> tuple[str, ...]:
    """Return the words that start a server for Rack applications; none for what is no such application."""
    if name != "rails" and not tree.has("config.ru"):
        return ()
    for server, flag, settings in (("puma", "-C", "config/puma.rb"), ("unicorn", "-c", "config/unicorn.rb")):
        if bundle.has(server) and tree.has(settings):
            return (server, flag, settings)
    if name == "rails":
        return ("rails", "server", "-b", _ALL)
    if bundle.has("thin"):
        return ("thin", "start", "-a", _ALL, "-p", "3000")
    if bundle.has("puma") or not bundle.gems:
        return ("puma", "-b", f"tcp://{_ALL}:9292")
    return ("rackup", "-o", _ALL, "-p", "9292")


def _port(texts: tuple[Text, ...], default: int | None) -> tuple[int | None, Hit | None]:
    settings = [text for text in texts if text.path.endswith(("config/puma.rb", "config/unicorn.rb", "falcon.rb"))]
    if hit := first(settings, *_PORTS) or (first(texts, *_PORTS[4:]) if not settings else None):
        return int(hit.groups[0]), hit
    return default, None


def _kind(texts: tuple[Text, ...], *, serves: bool) -> Kind:
    if serves:
        return "web"
    return "worker" if first(texts, r"\bloop\s+(?:do|\{)|\.run!?\s*$|\.subscribe\b|Signal\.trap") else "job"


def _install(tree: Tree, bundle: Bundle) -> tuple[str, ...]:
    if not bundle.gems and not tree.has("Gemfile"):
        return (_SERVER,) if tree.has("config.ru") else ()
    linux = any(platform == "ruby" or "linux" in platform for platform in bundle.platforms)
    added = () if linux or not bundle.platforms else ("bundle lock --add-platform x86_64-linux aarch64-linux",)
    return (*added, "bundle install")


def _build(tree: Tree, bundle: Bundle, name: str, front: frontend.FrontEnd | None) -> Iterator[str]:
    if front:
        yield front.build
    if bundle.has("bootsnap"):
        yield "bundle exec bootsnap precompile --gemfile app/ lib/"
    if name == "rails" and has_assets(tree):
        version = tuple(int(part) for part in bundle.locked.get("rails", "7.1").split(".")[:2] if part.isdigit())
        key = "SECRET_KEY_BASE_DUMMY=1" if version >= (7, 1) else "SECRET_KEY_BASE=only-for-this-build"
        built = "SKIP_JS_BUILD=1 SKIP_CSS_BUILD=1 " if front else ""
        yield f"{key} {built}bundle exec rails assets:precompile"


def has_assets(tree: Tree) -> bool:
    """Say whether a Rails application has assets of its own to be compiled."""
    application = tree.text("config/application.rb")
    api_only = application is not None and first((application,), r"^\s*config\.api_only\s*=\s*(true)")
    return tree.has_folder("app/assets") and not api_only


def _release(tree: Tree, name: str) -> Command | None:
    if name == "rails" and (tree.has_folder("db/migrate") or tree.first("db/schema.rb", "db/structure.sql")):
        return Command(("bundle", "exec", "rails", "db:prepare"))
    return None


def _processes(declared: manifests.Declared, bundle: Bundle, run: Command, port: int | None) -> tuple[Process, ...]:
    if len(declared.processes) > 1:
        first_, *others = declared.processes
        return (Process(first_.name, first_.command, port), *others)
    workers = {
        "sidekiq": ("bundle", "exec", "sidekiq"),
        "solid_queue": ("bundle", "exec", "rails", "solid_queue:start"),
        "good_job": ("bundle", "exec", "good_job", "start"),
        "resque": ("bundle", "exec", "rake", "resque:work"),
    }
    found = [Process("worker", Command(words)) for gem, words in workers.items() if bundle.has(gem)]
    return (Process("web", run, port), *found[:1]) if found and port is not None else ()


def _variables(tree: Tree, name: str, texts: tuple[Text, ...]) -> tuple[Variable, ...]:
    settings = [
        text
        for path in ("config/database.yml", "config/cable.yml", "config/storage.yml", "config/redis.yml")
        if (text := tree.text(path))
    ]
    read = variables.read_in((*texts, *settings), _WAYS)
    rails: tuple[Variable, ...] = ()
    if name == "rails":
        sealed = tree.has("config/credentials.yml.enc")
        key = "RAILS_MASTER_KEY" if sealed else "SECRET_KEY_BASE"
        source = tree.whole("config/credentials.yml.enc") if sealed else tree.whole("config/application.rb")
        rails = (Variable(key, required=True, secret=True, source=f"{source}:0"),)
    return variables.merged(rails, read, variables.of_examples(tree))


def _packages(bundle: Bundle, name: str) -> SystemPackages:
    found = native.packages("ruby", [*bundle.gems], "bookworm")
    build = {"build-essential": "gems with C in them", "libyaml-dev": "psych"}
    if bundle.from_git:
        build["git"] = "gems from git"
    run = {"libjemalloc2": "less memory for the same threads"} if name == "rails" else {}
    names = tuple(sorted({*found.build, *build} - {"gcc", "g++", "make", "libc6-dev"}))
    because = {**{key: why for key, why in found.because.items() if key in {*names, *found.runtime}}, **build, **run}
    if not bundle.gems:
        return SystemPackages()
    return SystemPackages(names, tuple(sorted({*found.runtime, *run})), because)


def _services(bundle: Bundle) -> tuple[ServiceNeed, ...]:
    found: dict[str, ServiceNeed] = {}
    for gem, hit in bundle.gems.items():
        if service := services.of_driver("ruby", gem):
            found.setdefault(service, ServiceNeed(service, source=hit.source))
    return tuple(found[service] for service in sorted(found))


def _volumes(tree: Tree, name: str, texts: tuple[Text, ...]) -> tuple[str, ...]:
    kept = {"/app/storage"} if name == "rails" and tree.first("config/storage.yml") else set()
    return tuple(sorted({*kept, *storage.volumes(storage.folders(texts))}))


def _health(texts: tuple[Text, ...], port: int | None) -> tuple[Healthcheck, tuple[Evidence, ...]]:
    if port is not None and (
        hit := first(texts, r"get\s*\(?\s*[\"']/?([\w/]+)[\"']\s*(?:=>|,\s*to:)\s*[\"']rails/health#show")
    ):
        return Healthcheck("http", f"/{hit.groups[0]}"), (hit.speaks_for("healthcheck", "health-route"),)
    return routes.health_of(texts, port)


def _cautions(tree: Tree, bundle: Bundle) -> Iterator[Caution]:
    if bundle.gems and not tree.first("Gemfile.lock", "gems.locked"):
        text = "there is no Gemfile.lock: the build takes whatever versions it finds; run `bundle lock` and commit it"
        yield Caution("no-lock", tree.whole("Gemfile"), 0, text)
    if bundle.platforms and not any(one == "ruby" or "linux" in one for one in bundle.platforms):
        text = "it is locked for no Linux; run `bundle lock --add-platform x86_64-linux aarch64-linux` and commit it"
        yield Caution("lock-platforms", tree.whole("Gemfile.lock"), 0, text)


def _evidence(tree: Tree, bundle: Bundle, name: str, declared: manifests.Declared) -> Iterator[Evidence]:
    file = tree.first("Gemfile", "gems.rb", "config.ru") or script(tree) or ""
    yield Evidence("language", tree.whole(file), 0, "", file)
    if bundle.ruby is not None:
        yield bundle.ruby.speaks_for("language_version", "ruby-line")
    if name:
        yield bundle.gems[name].speaks_for("framework", "gem")
    if declared.start is None:
        run = tree.first("config/puma.rb", "config/unicorn.rb", "config.ru") or script(tree)
        if run:
            yield Evidence("run_command", tree.whole(run), 0, "", "server-settings")
    yield from declared.evidence
