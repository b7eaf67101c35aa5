"""PHP: frameworks, WordPress and plain pages, served by Apache."""

from dockerfiles.analysis import Analysis
from dockerfiles.language import Sign, Wishes
from dockerfiles.languages.php import analysing, recipe, site
from dockerfiles.recipe import Recipe
from dockerfiles.tree import Tree


class Php:
    """The language as `dockerfiles.language.Language` describes it."""

    name = "php"

    def recognise(self, tree: Tree) -> Sign | None:
        manifest = site.composer(tree)
        root = site.document_root(tree)
        if framework := site.framework(tree, manifest):
            # Its package.json, if it has one, is of its front end.
            return Sign(0.98, framework.file, f"{framework.name}")
        if root is not None:
            index = f"{root}/index.php".lstrip("/")
            return Sign(0.9 if manifest else 0.8, index, "a page in PHP")
        if manifest:
            library = not any(tree.with_suffix(".php")) or manifest.get("type") == "library"
            return Sign(0.7, "composer.json", "a composer project without a page", library=library)
        return None

    def analyse(self, tree: Tree, wishes: Wishes) -> Analysis:
        return analysing.analyse(tree, wishes)

    def recipe(self, analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
        return recipe.recipe(analysis, tree, wishes)


LANGUAGE = Php()
