"""The one way from a project to its Dockerfile, for the command line, the API and the state file alike."""

from dataclasses import dataclass, replace

from dockerfiles.analysis import Analysis, Choice
from dockerfiles.detection import Application, analyses
from dockerfiles.failures import Ambiguous
from dockerfiles.ignoring import dockerignore
from dockerfiles.language import Wishes
from dockerfiles.precedence import as_wished, settled
from dockerfiles.recipe import Recipe
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
    return of_analysis(settled(application.language, application.tree, wishes), application, wishes, flavour)


def of_analysis(
    analysis: Analysis, application: Application, wishes: Wishes, flavour: Flavour = "classic"
) -> Generated:
    """Return what is written for an analysis, in which facts may have been changed since."""
    tree = application.tree
    recipe = application.language.recipe(analysis, tree, wishes)
    recipe = replace(recipe, runtime=as_wished(recipe.runtime, wishes))
    context = tree.project if recipe.whole_project else tree
    rendered = dockerfile(recipe, analysis, flavour)
    ignored = dockerignore([recipe], context)
    return Generated(analysis, recipe, rendered.text, ignored, rendered.explanation, context.prefix)
