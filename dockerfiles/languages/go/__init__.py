"""Go: modules, their programs, and an image with one static binary."""

from dockerfiles.analysis import Analysis
from dockerfiles.language import Sign, Wishes
from dockerfiles.languages.go import analysing, module, programs, recipe
from dockerfiles.recipe import Recipe
from dockerfiles.tree import Tree


class Go:
    """The language as `dockerfiles.language.Language` describes it."""

    name = "go"

    def recognise(self, tree: Tree) -> Sign | None:
        if tree.has("go.mod"):
            return _sign_of_module(tree)
        if loose := next((path for path in tree.with_suffix(".go") if "/" not in path), None):
            mains = programs.found(tree)
            return Sign(0.6 if mains else 0.3, loose, "Go files without a go.mod", library=not mains)
        return None

    def analyse(self, tree: Tree, wishes: Wishes) -> Analysis:
        return analysing.analyse(tree, wishes)

    def recipe(self, analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
        return recipe.recipe(analysis, tree, wishes)


def _sign_of_module(tree: Tree) -> Sign:
    mod = module.read(tree)
    if not programs.found(tree):
        return Sign(0.7, "go.mod", "a Go module without a program", library=True)
    if framework := module.framework(mod):
        return Sign(0.95, "go.mod", f"a Go module that requires {framework.path}")
    return Sign(0.9, "go.mod", "a Go module with a program")


LANGUAGE = Go()
