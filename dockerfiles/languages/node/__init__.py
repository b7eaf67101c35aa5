"""Applications of Node and Bun: what they are, what they need, and how they are built, whatever framework they use."""

from dockerfiles.analysis import Analysis
from dockerfiles.language import Sign, Wishes
from dockerfiles.languages.node.analysing import analyse
from dockerfiles.languages.node.recipes import recipe
from dockerfiles.languages.node.recognising import recognise
from dockerfiles.recipe import Recipe
from dockerfiles.tree import Tree


class Node:
    """JavaScript and TypeScript outside of browsers, and what is built for browsers with their tools."""

    name = "node"

    def recognise(self, tree: Tree) -> Sign | None:
        return recognise(tree)

    def analyse(self, tree: Tree, wishes: Wishes) -> Analysis:
        return analyse(tree, wishes)

    def recipe(self, analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
        return recipe(analysis, tree, wishes)


LANGUAGE = Node()
