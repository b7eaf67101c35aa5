"""Front ends that end as files: which tool builds them, and into which folder."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from dockerfiles import lenient_json
from dockerfiles.analysis import Evidence
from dockerfiles.languages.node.building import build_script
from dockerfiles.languages.node.commands import Call, expanded
from dockerfiles.languages.node.project import Project
from dockerfiles.languages.node.shape import Shape


@dataclass(frozen=True, slots=True)
class Builder:
    """A tool that makes a site. `words` must follow it ("" for none); `output` is where it builds to by itself."""

    name: str
    tools: tuple[str, ...]
    words: tuple[str, ...]
    output: str
    packages: tuple[str, ...]
    spa: bool = True
    options: tuple[str, ...] = (
        "--outDir",
        "--out-dir",
        "-d",
        "--dist-dir",
        "--output",
        "-o",
        "--dest",
        "--output-path",
    )


# In the order of how much they say about what is served: what others run within themselves comes last.
BUILDERS = (
    Builder("docusaurus", ("docusaurus",), ("build",), "build", ("@docusaurus/core",), spa=False),
    Builder("vitepress", ("vitepress",), ("build",), ".vitepress/dist", ("vitepress",), spa=False),
    Builder(
        "vuepress",
        ("vuepress", "vuepress-vite", "vuepress-webpack"),
        ("build",),
        ".vuepress/dist",
        ("vuepress",),
        spa=False,
    ),
    Builder("gatsby", ("gatsby",), ("build",), "public", ("gatsby",), spa=False),
    Builder("gridsome", ("gridsome",), ("build",), "dist", ("gridsome",), spa=False),
    Builder("eleventy", ("eleventy", "@11ty/eleventy"), ("",), "_site", ("@11ty/eleventy",), spa=False),
    Builder("hexo", ("hexo",), ("generate", "g"), "public", ("hexo",), spa=False),
    Builder("slidev", ("slidev",), ("build",), "dist", ("@slidev/cli",)),
    Builder("expo", ("expo",), ("export", "export:web"), "dist", ("expo",)),
    Builder("ionic", ("ionic",), ("build",), "www", ("@ionic/angular", "@ionic/react", "@ionic/vue")),
    Builder("stencil", ("stencil",), ("build",), "www", ("@stencil/core",)),
    Builder("quasar", ("quasar",), ("build",), "dist/spa", ("@quasar/app-vite", "@quasar/app-webpack", "@quasar/app")),
    Builder("umi", ("umi", "max", "umi-build"), ("build",), "dist", ("umi", "@umijs/max")),
    Builder("sanity", ("sanity",), ("build",), "dist", ("sanity",)),
    Builder("ember", ("ember",), ("build",), "dist", ("ember-cli", "ember-source"), options=("--output-path", "-o")),
    Builder(
        "create-react-app", ("react-scripts", "react-app-rewired", "craco"), ("build",), "build", ("react-scripts",)
    ),
    Builder("vue-cli", ("vue-cli-service",), ("build",), "dist", ("@vue/cli-service",), options=("--dest",)),
    Builder("preact-cli", ("preact",), ("build",), "build", ("preact-cli",), options=("--dest",)),
    Builder("angular", ("ng",), ("build",), "dist", ("@angular/core",)),
    Builder("vite", ("vite",), ("build",), "dist", ("vite",)),
    Builder("parcel", ("parcel",), ("build", ""), "dist", ("parcel", "parcel-bundler")),
    Builder("rsbuild", ("rsbuild",), ("build",), "dist", ("@rsbuild/core",)),
    Builder(
        "storybook", ("storybook", "build-storybook"), ("build", ""), "storybook-static", ("storybook",), spa=False
    ),
    Builder("polymer", ("polymer",), ("build",), "build/default", ("polymer-cli",)),
    Builder("snowpack", ("snowpack",), ("build",), "build", ("snowpack",)),
    Builder("webpack", ("webpack", "webpack-cli"), ("",), "dist", ("webpack",)),
    Builder("rspack", ("rspack",), ("build", ""), "dist", ("@rspack/cli",)),
    Builder("rollup", ("rollup",), ("",), "dist", ("rollup",)),
    Builder("esbuild", ("esbuild",), ("",), "dist", ("esbuild",)),
    Builder("gulp", ("gulp",), ("",), "dist", ("gulp",), spa=False),
    Builder("grunt", ("grunt",), ("",), "dist", ("grunt",), spa=False),
)
_WEAK = {"webpack", "rspack", "rollup", "esbuild", "gulp", "grunt", "storybook"}
_OF_BROWSERS = (
    "react",
    "react-dom",
    "vue",
    "svelte",
    "preact",
    "solid-js",
    "lit",
    "jquery",
    "three",
    "phaser",
    "@angular/core",
)


def site(project: Project) -> Shape | None:
    """Return what the front end of a project ends as, None when nothing builds one."""
    script = build_script(project)
    calls = expanded(project.manifest.scripts, script) if script else ()
    for builder in BUILDERS:
        call = next((call for call in calls if _is_call(builder, call)), None)
        if call and (builder.name not in _WEAK or _is_site(project)):
            line = project.manifest.line("scripts", script)
            text = f'"{script}": "{project.manifest.scripts[script]}"'[:200]
            evidence = Evidence("framework", project.manifest.path, line, text, "build script")
            return _shape(project, builder, call, evidence)
    for builder in BUILDERS:
        package = next((name for name in builder.packages if project.has(name)), None)
        if package and builder.name not in _WEAK and not script and _is_site(project):
            line = project.manifest.line_of(package)
            evidence = Evidence("framework", project.manifest.path, line, package, "dependency")
            return _shape(project, builder, Call((builder.tools[0], builder.words[0])), evidence)
    return None


def _is_call(builder: Builder, call: Call) -> bool:
    if call.tool not in builder.tools and call.words[0] not in builder.tools:
        return False
    return "" in builder.words or any(word in builder.words for word in call.words[1:])


def _is_site(project: Project) -> bool:
    """Whether there is a page, or a library of browsers: bundlers are used for servers and libraries too."""
    pages = ("index.html", "public/index.html", "src/index.html", "app/index.html", "src/app.html", "index.pug")
    return project.tree.first(*pages) is not None or any(name in project.manifest.dependencies for name in _OF_BROWSERS)


def _shape(project: Project, builder: Builder, call: Call, evidence: Evidence) -> Shape:
    # A tool without a subcommand of its own is still called by its own name.
    package = next((name for name in builder.packages if project.has(name)), builder.packages[0])
    output, told = _output(project, builder, call)
    spa = builder.spa and not _has_several_pages(project)
    command = tuple(word for word in (builder.tools[0], builder.words[0]) if word)
    found = (evidence, *((told,) if told else ()))
    return Shape(builder.name, package, "static", port=None, output=output, spa=spa, build=command, evidence=found)


def _has_several_pages(project: Project) -> bool:
    pages = [path for path in project.tree.files if path.endswith(".html") and path.count("/") <= 1]
    return len([path for path in pages if not path.startswith(("public/", "404"))]) > 1


def _output(project: Project, builder: Builder, call: Call) -> tuple[str, Evidence | None]:
    if given := call.argument(*builder.options):
        return _tidy(given), None
    if path := call.environment.get("BUILD_PATH"):
        return _tidy(path), None
    reader = _READERS.get(builder.name)
    found = reader(project) if reader else None
    if found:
        value, file = found
        text = project.tree.text(file)
        line = text.line_of(value) if text else 0
        evidence = Evidence("static", project.tree.whole(file), line, value, "configuration")
        return _tidy(value), evidence
    if builder.name in {"vitepress", "vuepress"}:
        folder = next((word for word in call.words[1:] if word != "build" and not word.startswith("-")), "")
        return _tidy(f"{folder}/{builder.output}" if folder and folder != "." else builder.output), None
    if builder.name == "expo" and "export:web" in call.words:
        return "web-build", None
    return builder.output, None


def _tidy(path: str) -> str:
    parts: list[str] = []
    for part in path.replace("\\", "/").split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in {"", ".", ".."}:
            parts.append(part)
    return "/".join(parts) or "."


def _of_vite(project: Project) -> tuple[str, str] | None:
    """`build.outDir`, and only there; it is taken from the `root` when one is set."""
    config = project.configuration("vite.config")
    if config is None:
        return None
    root = project.setting(config, "root")
    out = project.setting(config, "build", "outDir")
    if out is None and root is None:
        return None
    inside = f"{_tidy(root)}/{out or 'dist'}" if root and _tidy(root) != "." else out or "dist"
    return inside, config


def _setting(stem: str, *keys: str) -> Callable[[Project], tuple[str, str] | None]:
    def read(project: Project) -> tuple[str, str] | None:
        config = project.configuration(stem)
        value = project.setting(config, *keys)
        return (value, config) if value and config else None

    return read


def _of_webpack(project: Project) -> tuple[str, str] | None:
    for stem in ("webpack.config", "webpack.prod", "webpack.common", "webpack.config.prod", "config/webpack.prod"):
        config = project.configuration(stem)
        text = project.tree.text(config) if config else None
        found = (
            re.search(r"\bpath:\s*[\w.]*(?:resolve|join)\(\s*__dirname\s*,\s*['\"]([^'\"]+)['\"]", text.content)
            if text
            else None
        )
        if found and config:
            return found[1], config
    return None


def _of_eleventy(project: Project) -> tuple[str, str] | None:
    for file in (".eleventy.js", "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs"):
        if project.tree.has(file) and (value := project.setting(file, "dir", "output")):
            return value, file
    return None


def _of_hexo(project: Project) -> tuple[str, str] | None:
    text = project.tree.text("_config.yml")
    found = re.search(r"^public_dir:\s*([\w./-]+)", text.content, re.MULTILINE) if text else None
    return (found[1], "_config.yml") if found else None


def _of_angular(project: Project) -> tuple[str, str] | None:
    text = project.tree.text("angular.json")
    if text is None:
        return None
    try:
        lenient_json.parse(text)
    except lenient_json.Malformed:
        return None
    found = re.search(r'"outputPath"\s*:\s*"([^"]+)"', text.content)
    return (found[1], "angular.json") if found else None


def _of_capacitor(project: Project) -> tuple[str, str] | None:
    """Ionic builds with what its flavour builds with; Capacitor's file says where that ends."""
    config = project.configuration("capacitor.config") or project.tree.first("capacitor.config.json")
    text = project.tree.text(config) if config else None
    found = re.search(r"webDir['\"]?\s*:\s*['\"]([^'\"]+)['\"]", text.content) if text else None
    if found and config:
        return found[1], config
    return ("build", "package.json") if project.has("@ionic/react") else None


_READERS: dict[str, Callable[[Project], tuple[str, str] | None]] = {
    "vite": _of_vite,
    "vue-cli": _setting("vue.config", "outputDir"),
    "webpack": _of_webpack,
    "eleventy": _of_eleventy,
    "hexo": _of_hexo,
    "angular": _of_angular,
    "ionic": _of_capacitor,
    "rsbuild": _setting("rsbuild.config", "output", "distPath", "root"),
    "umi": _setting(".umirc", "outputPath"),
    "snowpack": _setting("snowpack.config", "buildOptions", "out"),
}
