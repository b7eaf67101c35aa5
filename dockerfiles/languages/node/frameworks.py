"""Frameworks that render on a server: how each is built, what it leaves behind, and how that runs."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from dockerfiles import lenient_json
from dockerfiles.analysis import Caution, Command, Evidence
from dockerfiles.languages.node.building import build_script
from dockerfiles.languages.node.commands import Call, expanded
from dockerfiles.languages.node.project import Project
from dockerfiles.languages.node.running import Start, of_calls
from dockerfiles.languages.node.shape import Shape
from dockerfiles.languages.node.start import PRODUCTION

_EVERYWHERE = {"HOST": "0.0.0.0"}  # noqa: S104 - inside its own network namespace
_NITRO = (
    *("nitropack", "nitro", "@tanstack/react-start", "@tanstack/start", "@tanstack/solid-start", "@solidjs/start"),
    *("vinxi", "solid-start"),
)
_SERVERS = {"@nestjs/core": "nestjs", "fastify": "fastify", "koa": "koa", "express": "express", "hono": "hono"}
_OTHER_HOSTS = re.compile(r"@sveltejs/adapter-(?:auto|vercel|netlify|cloudflare(?:-workers)?)")


def framework(project: Project) -> Shape | None:
    """Return what the framework of an application says, None when it has none of these."""
    for known in _KNOWN:
        if found := known(project):
            line = project.manifest.line_of(found.package)
            text = f'"{found.package}": "{project.manifest.range_of(found.package)}"'
            evidence = Evidence("framework", project.manifest.path, line, text, "dependency")
            return replace(found, evidence=(evidence, *found.evidence))
    return None


def _nx(project: Project) -> Shape | None:
    """A project of an Nx workspace: built from its root, into a folder there."""
    nx = project.nx
    if nx is None:
        return None
    build = ("nx", "build", nx.name)
    if "next" in nx.executor:
        start = _said("next", "start", nx.output)
        return Shape("next", "next", start=start, build=build, writable=(nx.output,), needs_port=True)
    if nx.page:
        name = next((tool for tool in ("angular", "vite", "webpack", "rspack") if tool in nx.executor), "vite")
        served = f"{nx.output}/browser" if nx.executor.endswith(":application") else nx.output
        return Shape(name, "nx", "static", port=None, output=served, spa=True, build=build)
    start = replace(_said("node", f"{nx.output}/main.js"), entry=project.code.program(nx.main) or "")
    package = next((one for one in _SERVERS if project.code.importer(one)), "")
    return Shape(_SERVERS.get(package, ""), package or "nx", start=start, build=build)


def _next(project: Project) -> Shape | None:
    if not project.has("next"):
        return None
    config = project.configuration("next.config")
    base = Shape("next", "next", build=("next", "build"), writable=(".next",), needs_port=True)
    exported = any(call.tool == "next" and "export" in call.words for call in _build_calls(project))
    if project.mentions(config, "output", "export") or exported:
        out = "out" if exported else project.setting(config, "distDir") or "out"
        return replace(base, kind="static", output=out, port=None, evidence=_told(project, config, "output", "static"))
    own = _scripted(project)
    if own and own.entry and project.code.importer("next", of=(own.entry,)):
        return replace(base, needs_port=False)  # a server of its own around it
    if project.mentions(config, "output", "standalone"):
        server = f"{project.tree.prefix}/server.js" if project.workspace else "server.js"
        return replace(
            base,
            start=_said("node", server, evidence=_told(project, config, "output", "run_command")),
            alone=(".next/standalone", ".next/static", *(["public"] if project.tree.has_folder("public") else [])),
            bind={"HOSTNAME": "0.0.0.0"},  # noqa: S104
        )
    return replace(base, start=_with_tool(project, "next", "start"))


def _nuxt(project: Project) -> Shape | None:
    package = next((name for name in ("nuxt", "nuxt3", "nuxt-edge", "nuxt-start") if project.has(name)), None)
    if package is None:
        return None
    old = bool(re.match(r"^[\^~>=v ]*2\b", project.manifest.range_of(package))) or package == "nuxt-edge"
    generated = any("generate" in call.words for call in _build_calls(project) if call.tool in {"nuxt", "nuxi"})
    if generated:
        output = "dist" if old else ".output/public"
        return Shape("nuxt", package, "static", port=None, output=output, spa=False, build=("nuxt", "generate"))
    if old:
        start = _with_tool(project, "nuxt", "start")
        return Shape("nuxt", package, start=start, bind=_EVERYWHERE, build=("nuxt", "build"), needs_port=True)
    start = _said("node", ".output/server/index.mjs")
    return Shape(
        "nuxt", package, start=start, bind=_EVERYWHERE, alone=(".output",), build=("nuxt", "build"), needs_port=True
    )


def _nitro(project: Project) -> Shape | None:
    package = next((name for name in _NITRO if project.has(name)), None)
    if package is None:
        return None
    names = {"nitropack": "nitro", "@solidjs/start": "solid-start", "@tanstack/start": "tanstack-start"}
    name = names.get(package, "tanstack-start" if package.startswith("@tanstack") else package)
    start = _said("node", ".output/server/index.mjs")
    return Shape(name, package, start=start, bind=_EVERYWHERE, alone=(".output",), needs_port=True)


def _analog(project: Project) -> Shape | None:
    if not project.has("@analogjs/platform"):
        return None
    start = _said("node", "dist/analog/server/index.mjs")
    return Shape("analog", "@analogjs/platform", start=start, bind=_EVERYWHERE, alone=("dist/analog",), needs_port=True)


def _remix(project: Project) -> Shape | None:
    package = next(
        (name for name in ("@remix-run/dev", "@remix-run/serve", "@remix-run/node") if project.has(name)), None
    )
    if package is None:
        return None
    vite = project.configuration("vite.config")
    if project.mentions(vite, "ssr", "false"):
        return Shape("remix", package, "static", port=None, output="build/client", spa=True)
    build = ("remix", "vite:build") if vite else ("remix", "build")
    served = "./build/server/index.js" if vite else "./build/index.js"
    return Shape("remix", package, start=_scripted(project) or _said("remix-serve", served), build=build)


def _react_router(project: Project) -> Shape | None:
    if not project.has("@react-router/dev"):
        return None
    build = ("react-router", "build")
    if project.mentions(project.configuration("react-router.config"), "ssr", "false"):
        return Shape(
            "react-router", "@react-router/dev", "static", port=None, output="build/client", spa=True, build=build
        )
    start = _scripted(project) or _said("react-router-serve", "./build/server/index.js")
    return Shape("react-router", "@react-router/dev", start=start, build=build)


def _sveltekit(project: Project) -> Shape | None:
    if not project.has("@sveltejs/kit"):
        return None
    config = project.configuration("svelte.config")
    adapter = next((name for name in (project.code.imports(config) if config else ()) if "adapter" in name), "")
    build = ("vite", "build")
    if "adapter-static" in adapter:
        output = project.setting(config, "pages") or "build"
        spa = project.setting(config, "fallback") is not None
        return Shape("sveltekit", "@sveltejs/kit", "static", port=None, output=output, spa=spa, build=build)
    own = _scripted(project)
    output = project.setting(config, "out") or "build"
    start = own if own and (own.entry or output in own.words[-1]) else _said("node", output)
    shape = Shape("sveltekit", "@sveltejs/kit", start=start, bind=_EVERYWHERE, build=build, needs_port=True)
    if _OTHER_HOSTS.fullmatch(adapter) and config:
        return _with_node_adapter(project, shape, config, adapter)
    return shape


def _with_node_adapter(project: Project, shape: Shape, config: str, adapter: str) -> Shape:
    """An adapter for somebody else's platform is replaced in the image; the project's file stays as it is."""
    version = "1" if re.match(r"^[\^~]?1\.", project.manifest.range_of("@sveltejs/kit")) else "5"
    text = project.tree.text(config)
    line = text.line_of(adapter) if text else 0
    caution = Caution(
        "adapter",
        project.tree.whole(config),
        line,
        f"{adapter} builds for another platform: the image builds with @sveltejs/adapter-node in its place",
    )
    prepare = (
        f"npm install --no-save --no-audit --no-fund @sveltejs/adapter-node@{version}",
        f"sed -i s#{adapter}#@sveltejs/adapter-node# {config}",
    )
    return replace(shape, prepare=prepare, cautions=(caution,))


def _astro(project: Project) -> Shape | None:
    if not project.has("astro"):
        return None
    config = project.configuration("astro.config")
    build = ("astro", "build")
    output = (project.setting(config, "outDir") or "dist").removeprefix("./").strip("/")
    adapters = [name for name in (project.code.imports(config) if config else ()) if name.startswith("@astrojs/")]
    if "@astrojs/node" in adapters:
        own = _scripted(project)
        start = own if own and own.entry else _said("node", f"./{output}/server/entry.mjs")
        return Shape("astro", "astro", start=start, port=4321, bind=_EVERYWHERE, build=build, needs_port=True)
    shape = Shape("astro", "astro", "static", port=None, output=output, build=build)
    if project.mentions(config, "output", "server", "hybrid"):
        text = "it renders on a server, but for another platform: add @astrojs/node for that, or only files are served"
        caution = Caution("adapter", project.tree.whole(config or ""), 0, text)
        return replace(shape, cautions=(caution,))
    return shape


def _angular(project: Project) -> Shape | None:
    if not project.has("@angular/core") or not (found := _angular_project(project)):
        return None
    name, options, builder = found
    path = options.get("outputPath")
    base = path.get("base") if isinstance(path, dict) else path
    output = str(base or f"dist/{name}").removeprefix("./").strip("/")
    application = builder.endswith(":application")
    build = ("ng", "build")
    if project.has("@angular/ssr", "@nguniversal/express-engine") and (options.get("server") or options.get("ssr")):
        file = f"{output}/server/server.mjs" if application else f"{output.removesuffix('/browser')}/server/main.js"
        own = next((one for one in _all_scripted(project, "serve:ssr") if one), None)
        start = own or _said("node", file)
        return Shape("angular", "@angular/core", start=start, port=4000, build=build, needs_port=True)
    browser = path.get("browser", "browser") if isinstance(path, dict) else "browser"
    served = f"{output}/{browser}".rstrip("/") if application else output
    return Shape("angular", "@angular/core", "static", port=None, output=served, spa=True, build=build)


def _angular_project(project: Project) -> tuple[str, dict[str, object], str] | None:
    text = project.tree.text("angular.json")
    if text is None:
        return None
    try:
        whole = lenient_json.parse(text).value
        projects = whole["projects"]
        wanted = whole.get("defaultProject")
        for name, one in sorted(projects.items(), key=lambda pair: pair[0] != wanted):
            target = (one.get("architect") or one.get("targets") or {}).get("build", {})
            if one.get("projectType", "application") == "application" and target:
                return name, target.get("options") or {}, str(target.get("builder", ""))
    except (lenient_json.Malformed, KeyError, TypeError, AttributeError):
        return None
    return None


def _nest(project: Project) -> Shape | None:
    if not project.has("@nestjs/core"):
        return None
    own = _scripted(project)
    main = "dist/main"
    text = project.tree.text("nest-cli.json")
    if text and (root := re.search(r'"sourceRoot"\s*:\s*"(apps/[^"/]+)/src"', text.content)):
        main = f"dist/{root[1]}/main"
    start = own if own and own.words[0] == "node" else _said("node", main)
    if not start.entry:
        start = replace(start, entry=project.source_of(f"{main}.js") or "")
    return Shape("nestjs", "@nestjs/core", start=start, build=("nest", "build"))


def _adonis(project: Project) -> Shape | None:
    if not project.has("@adonisjs/core"):
        return None
    file = "build/bin/server.js" if project.tree.has("bin/server.ts") else "build/server.js"
    start = replace(_said("node", file), entry=project.code.program(file.removeprefix("build/")) or "")
    return Shape("adonisjs", "@adonisjs/core", start=start, port=3333, bind=_EVERYWHERE, build=("node", "ace", "build"))


def _of_a_kind(
    name: str,
    packages: Sequence[str],
    run: Sequence[str],
    port: int,
    *,
    build: Sequence[str] = (),
    writable: Sequence[str] = (),
    own_first: bool = True,
) -> Callable[[Project], Shape | None]:
    """Return the question for a framework that is run by its own command."""

    def known(project: Project) -> Shape | None:
        package = next((one for one in packages if project.has(one)), None)
        if package is None:
            return None
        own = _scripted(project) if own_first else None
        start = own or _said(*run)
        return Shape(
            name, package, start=start, port=port, build=tuple(build), bind=_EVERYWHERE, writable=tuple(writable)
        )

    return known


def _build_calls(project: Project) -> tuple[Call, ...]:
    name = build_script(project)
    return expanded(project.manifest.scripts, name) if name else ()


def _scripted(project: Project) -> Start | None:
    """Return the first script that starts something in production."""
    return next((found for name in PRODUCTION for found in _all_scripted(project, name) if found), None)


def _all_scripted(project: Project, prefix: str) -> list[Start | None]:
    found: list[Start | None] = []
    for name, line in project.manifest.scripts.items():
        if name == prefix or (name.startswith(f"{prefix}:") and prefix == "serve:ssr"):
            start = of_calls(project, expanded(project.manifest.scripts, name))
            text = f'"{name}": "{line}"'[:200]
            evidence = Evidence(
                "run_command", project.manifest.path, project.manifest.line("scripts", name), text, "script"
            )
            found.append(replace(start, evidence=(evidence,), confidence=0.95) if start else None)
    return found


def _with_tool(project: Project, tool: str, word: str) -> Start:
    """Return the script that calls a framework's own server, with the options it gives; else the plain call."""
    for name in PRODUCTION:
        for found in _all_scripted(project, name):
            if found and (tool in found.words or tool in found.words[0].split()) and word in " ".join(found.words):
                return found
    return _said(tool, word)


def _said(*words: str, evidence: tuple[Evidence, ...] = ()) -> Start:
    return Start(Command(words), "framework", evidence=evidence)


def _told(project: Project, config: str | None, key: str, field: str) -> tuple[Evidence, ...]:
    text = project.tree.text(config) if config else None
    line = text.line_of(f"{key}:") if text else 0
    if text is None:
        return ()
    return (
        Evidence(field, text.path, line, text.content.split("\n")[line - 1].strip() if line else "", "configuration"),
    )


_KNOWN: tuple[Callable[[Project], Shape | None], ...] = (
    _nx,
    _of_a_kind("payload", ("payload",), ("next", "start"), 3000, build=("next", "build")),
    _of_a_kind(
        "keystone",
        ("@keystone-6/core", "@keystone-next/keystone"),
        ("keystone", "start"),
        3000,
        build=("keystone", "build"),
    ),
    _of_a_kind("redwood", ("@redwoodjs/core",), ("rw", "serve"), 8910, build=("rw", "build")),
    _next,
    _nuxt,
    _analog,
    _sveltekit,
    _react_router,
    _remix,
    _astro,
    _nitro,
    _of_a_kind(
        "strapi",
        ("@strapi/strapi", "strapi"),
        ("strapi", "start"),
        1337,
        build=("strapi", "build"),
        writable=("public/uploads", ".tmp"),
    ),
    _of_a_kind("directus", ("directus",), ("directus", "start"), 8055, writable=("uploads",)),
    _of_a_kind("medusa", ("@medusajs/medusa",), ("medusa", "start"), 9000, build=("medusa", "build")),
    _of_a_kind("ghost", ("ghost",), ("node", "node_modules/ghost/index.js"), 2368, writable=("content",)),
    _adonis,
    _nest,
    _angular,
)
