"""Sites that a generator builds: Hugo, Jekyll, MkDocs, Zola, mdBook, Sphinx, Pelican, Middleman, Nanoc."""

from collections.abc import Callable
from typing import NamedTuple

from dockerfiles import serving, staging
from dockerfiles.analysis import Analysis, BaseImages, Evidence, Healthcheck, PackageManager, Port, Static, Version
from dockerfiles.language import Sign, Wishes, rebased
from dockerfiles.languages.sites import binaries, hugo, python, ruby
from dockerfiles.languages.sites.plan import Plan, kept
from dockerfiles.recipe import Base, Copy, Recipe, Run, Stage, Step, Workdir
from dockerfiles.tree import Tree


class _Generator(NamedTuple):
    recognise: Callable[[Tree], Sign | None]
    plan: Callable[[Tree, Wishes], Plan]


_GENERATORS = (
    _Generator(hugo.recognise, hugo.plan),
    _Generator(binaries.zola, binaries.zola_plan),
    _Generator(binaries.mdbook, binaries.mdbook_plan),
    _Generator(ruby.middleman, ruby.middleman_plan),
    _Generator(ruby.nanoc, ruby.nanoc_plan),
    _Generator(ruby.jekyll, ruby.jekyll_plan),
    _Generator(python.mkdocs, python.mkdocs_plan),
    _Generator(python.pelican, python.pelican_plan),
    _Generator(python.sphinx, python.sphinx_plan),
)


class Site:
    """The generators together, as `dockerfiles.language.Language` describes a language."""

    name = "site"

    def recognise(self, tree: Tree) -> Sign | None:
        signs = [sign for each in _GENERATORS if (sign := each.recognise(tree))]
        return max(signs, key=lambda sign: (not sign.library, sign.confidence), default=None)

    def analyse(self, tree: Tree, wishes: Wishes) -> Analysis:
        plan = _plan(tree, wishes)
        return Analysis(
            root=tree.prefix,
            language="site",
            name=plan.name or tree.name,
            language_version=Version(""),
            framework=plan.tool,
            framework_version=plan.version.value,
            package_manager=PackageManager(plan.manager),
            kind="static",
            dependency_files=plan.manifests,
            lock_file=plan.lock,
            install_commands=plan.install,
            build_commands=plan.build,
            artefacts=(plan.output,),
            run_command=serving.COMMAND,
            ports=(Port(serving.PORT),),
            static=Static(plan.output),
            healthcheck=Healthcheck("tcp"),
            base_images=BaseImages(rebased(plan.base, wishes).reference, rebased(serving.NGINX, wishes).reference),
            warnings=plan.warnings,
            confidence={"language": 0.95, "run_command": 0.9, "ports": 0.9, "static": 0.9},
            evidence=(
                Evidence("language", tree.whole(plan.file), 0, "", plan.tool),
                *_version_evidence(plan.version),
                *plan.evidence,
            ),
        )

    def recipe(self, analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
        plan = _plan(tree, wishes)
        own_base = bool(wishes.bases.get(""))
        base, toolchain = staging.toolchain(plan.base, plan.debian, wishes)
        install = () if own_base and plan.installed_by_base else analysis.install_commands
        # Debian's pip installs beside its own packages only when it is told to.
        debian_pip = {"PIP_BREAK_SYSTEM_PACKAGES": "1"} if own_base and plan.base.repository == "python" else {}
        steps: tuple[Step, ...] = (
            *toolchain,
            *staging.packages(plan.packages, "What the build needs besides"),
            *(
                ()
                if own_base
                else (
                    Copy((tool.program,), tool.program, "The generator", _origin(tool.program)) for tool in plan.tools
                )
            ),
            Workdir(staging.BUILT_IN),
            *staging.manifests(tree, plan.manifests, "What names what is installed: this layer lasts until it changes"),
            *(
                (Run(install, "The generator and what it needs", plan.caches, environment=debian_pip),)
                if install
                else ()
            ),
            staging.everything(),
            Run(analysis.build_commands, "The site", environment={**debian_pip, **plan.environment}),
        )
        tools = () if own_base else tuple(_tool(tool.program, rebased(tool.base, wishes)) for tool in plan.tools)
        target = f"{serving.ROOT}/{plan.below}".rstrip("/")
        files = Copy((f"{plan.made}/",), f"{target}/", "The site as it was built", origin="build")
        served, runtime = serving.server([files], wishes)
        stages = (*tools, Stage("build", base, steps, "The site, built"), served)
        return Recipe(stages, runtime, kept(tree, plan.output))


LANGUAGE = Site()


def _plan(tree: Tree, wishes: Wishes) -> Plan:
    signs = [(sign, each) for each in _GENERATORS if (sign := each.recognise(tree))]
    if not signs:
        raise ValueError(f"{tree.prefix or tree.name}: no configuration of a generator of sites was found in it")
    _, generator = max(signs, key=lambda pair: (not pair[0].library, pair[0].confidence))
    return generator.plan(tree, wishes)


def _tool(program: str, base: Base) -> Stage:
    return Stage(_origin(program), base, (), "The generator, as its makers publish it")


def _origin(program: str) -> str:
    return program.rpartition("/")[2]


def _version_evidence(version: Version) -> tuple[Evidence, ...]:
    file, _, line = version.source.rpartition(":")
    if not line.isdigit():
        return ()
    return (Evidence("framework_version", file, int(line), version.constraint, "version"),)
