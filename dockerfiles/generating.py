"""The one way from a project to its Dockerfile, for the command line, the API and the state file alike."""

from dataclasses import dataclass, replace

from dockerfiles.analysis import Analysis, Caution, Choice, Evidence, Port
from dockerfiles.commands import parsed
from dockerfiles.detection import Application, analyses
from dockerfiles.failures import Ambiguous
from dockerfiles.ignoring import dockerignore
from dockerfiles.language import Wishes
from dockerfiles.recipe import Recipe, Runtime
from dockerfiles.rendering import Explained, Flavour, dockerfile
from dockerfiles.tree import Tree


@dataclass(frozen=True, slots=True)
class Generated:
    """What is written for one application.

    `context` is the folder that is built, in the project ("" for the project itself).
    """

    analysis: Analysis
    recipe: Recipe
    dockerfile: str
    dockerignore: str
    explanation: tuple[Explained, ...]
    context: str


def generate(tree: Tree, wishes: Wishes, flavour: Flavour = "classic") -> Generated:
    """Return what is written for the only application of a project, or the one that is wished.

    Raises:
        Unknown: nothing that is supported was recognised.
        Ambiguous: several answers are as likely, or there are several applications and none is wished.
        ValueError: a wish is no use.
    """
    found = analyses(tree, wishes).applications
    if len(found) == 1:
        return of_application(found[0], wishes, flavour)
    choices = [
        Choice("app", one.root, f"--app {one.root}", f"{one.tree.whole(one.sign.file)}: {one.sign.why}")
        for one in found
    ]
    raise Ambiguous("application", tree.name, choices)


def of_application(application: Application, wishes: Wishes, flavour: Flavour = "classic") -> Generated:
    """Return what is written for one application."""
    return of_analysis(analysed(application, wishes), application, wishes, flavour)


def analysed(application: Application, wishes: Wishes) -> Analysis:
    """Return what one application is; what the user said goes before what was found."""
    tree = application.tree
    analysis = application.language.analyse(tree, wishes)
    notes = tuple(Caution(note.code, note.file, 0, note.text) for note in tree.notes)
    return _wished(replace(analysis, warnings=(*analysis.warnings, *notes)), wishes)


def of_analysis(
    analysis: Analysis, application: Application, wishes: Wishes, flavour: Flavour = "classic"
) -> Generated:
    """Return what is written for an analysis, in which facts may have been changed since."""
    tree = application.tree
    recipe = application.language.recipe(analysis, tree, wishes)
    recipe = replace(recipe, runtime=_run_as_wished(recipe.runtime, wishes))
    context = tree.project if recipe.whole_project else tree
    rendered = dockerfile(recipe, analysis, flavour)
    ignored = dockerignore(recipe, context)
    return Generated(analysis, recipe, rendered.text, ignored, rendered.explanation, context.prefix)


def _wished(analysis: Analysis, wishes: Wishes) -> Analysis:
    said = []
    if wishes.command:
        analysis = replace(analysis, run_command=parsed(wishes.command))
        said.append(Evidence("run_command", "--command", 0, wishes.command, "said"))
    if wishes.port:
        others = tuple(port for port in analysis.ports[1:] if port.port != wishes.port)
        analysis = replace(analysis, ports=(Port(wishes.port, source="--port"), *others))
        said.append(Evidence("ports", "--port", 0, str(wishes.port), "said"))
    overruled = {each.field for each in said}
    kept = (each for each in analysis.evidence if each.field not in overruled)
    confidence = {**analysis.confidence, **dict.fromkeys(sorted(overruled), 1.0)}
    return replace(analysis, evidence=(*said, *kept), confidence=confidence) if said else analysis


def _run_as_wished(runtime: Runtime, wishes: Wishes) -> Runtime:
    if wishes.command:
        runtime = replace(runtime, command=parsed(wishes.command))
    return replace(runtime, port=wishes.port) if wishes.port else runtime
