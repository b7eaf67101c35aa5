"""Ruby: Rails, Rack applications and scripts, with their gems installed by bundler."""

from dockerfiles.analysis import Analysis
from dockerfiles.language import Sign, Wishes
from dockerfiles.languages.ruby import analysing, gems, recipe
from dockerfiles.recipe import Recipe
from dockerfiles.tree import Tree

# What makes a site of a folder rather than an application; those are understood elsewhere.
_SITES = ("jekyll", "middleman", "github-pages", "nanoc")


class Ruby:
    """The language as `dockerfiles.language.Language` describes it."""

    name = "ruby"

    def recognise(self, tree: Tree) -> Sign | None:
        file = tree.first("Gemfile", "gems.rb", "config.ru")
        if file is None:
            script = analysing.script(tree)
            return Sign(0.6, script, "a Ruby script") if script else None
        bundle = gems.read(tree)
        if any(bundle.has(name) for name in _SITES) and not tree.has("config.ru"):
            return None
        framework = analysing.framework(bundle)
        if framework == "rails" and tree.has("config/application.rb"):
            return Sign(0.98, file, "a Rails application")
        if tree.has("config.ru") or framework:
            return Sign(0.95, file, f"a {framework or 'Rack'} application")
        script = analysing.script(tree)
        gemspec = any("/" not in path for path in tree.with_suffix(".gemspec"))
        return Sign(0.9 if script else 0.7, file, "a Ruby project", library=gemspec or not script)

    def analyse(self, tree: Tree, wishes: Wishes) -> Analysis:
        return analysing.analyse(tree, wishes)

    def recipe(self, analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
        return recipe.recipe(analysis, tree, wishes)


LANGUAGE = Ruby()
