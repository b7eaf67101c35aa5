"""Python: manifests of every manager, entry points found by parsing, frameworks, settings, and how it is built."""

from dockerfiles.analysis import Analysis
from dockerfiles.language import Sign, Wishes
from dockerfiles.languages.python import analysing, recognising
from dockerfiles.languages.python import recipe as recipes
from dockerfiles.recipe import Recipe
from dockerfiles.tree import Tree


class Python:
    """Projects in Python, of any manager and framework."""

    name = "python"

    def recognise(self, tree: Tree) -> Sign | None:
        return recognising.recognise(tree)

    def analyse(self, tree: Tree, wishes: Wishes) -> Analysis:
        return analysing.analyse(tree, wishes)

    def recipe(self, analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
        return recipes.recipe(analysis, tree, wishes)


LANGUAGE = Python()
