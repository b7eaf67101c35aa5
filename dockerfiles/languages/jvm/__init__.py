"""Java, Kotlin, Scala and Clojure: what their build tools say, and an image with a Java runtime."""

from dockerfiles.analysis import Analysis
from dockerfiles.language import Sign, Wishes
from dockerfiles.languages.jvm import analysing, gradle, recipe
from dockerfiles.recipe import Recipe
from dockerfiles.tree import Tree

_FILES = ("pom.xml", *gradle.FILES, *gradle.SETTINGS, "build.sbt", "project.clj", "deps.edn")


class Jvm:
    """The languages of the JVM as `dockerfiles.language.Language` describes one."""

    name = "java"

    def recognise(self, tree: Tree) -> Sign | None:
        if (file := tree.first(*_FILES)) is None:
            return None
        if members := recipe.members(tree):
            return Sign(
                0.9, file, f"a project of several modules, {len(members)} of them applications", members=members
            )
        build = analysing.read(tree)
        if build is None:
            return None
        if build.framework:
            return Sign(0.95, build.file, f"a {build.tool} project with {build.framework[0]}")
        programs = build.war or build.main or "application" in build.plugins or analysing.has_main(tree)
        return Sign(0.9 if programs else 0.7, build.file, f"a {build.tool} project", library=not programs)

    def analyse(self, tree: Tree, wishes: Wishes) -> Analysis:
        return analysing.analyse(tree, wishes)

    def recipe(self, analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
        return recipe.recipe(analysis, tree, wishes)


LANGUAGE = Jvm()
