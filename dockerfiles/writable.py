"""The folders that an application writes to, made part of its recipe: the rest of the image stays root's."""

from collections.abc import Sequence
from dataclasses import replace
from shlex import quote

from dockerfiles.recipe import USER, Copy, Recipe, Run, Stage, Step

_WHY = "The folders it writes to; the rest stays root's"
_STAGED = "/writable"


def has_shell(stage: Stage) -> bool:
    """Return whether commands can be run in a stage."""
    repository = stage.base.repository
    return repository != "scratch" and "distroless" not in repository


def with_folders(recipe: Recipe) -> Recipe:
    """Return a recipe whose steps make the folders that `runtime.writable` names.

    After all is copied, since copying into a folder may give it to root. Where the image has no shell they are made in
    the stage before it; without such a stage they can't be.
    """
    folders = recipe.runtime.writable
    if not folders:
        return recipe
    owner = recipe.runtime.user or USER
    *before, last = recipe.stages
    if has_shell(last):
        return replace(recipe, stages=(*before, replace(last, steps=_made(last.steps, folders, owner))))
    if not before:
        raise ValueError(f"{last.base.reference} has no shell to make {folders[0]} with")
    *earlier, builder = before
    staged = [f"{_STAGED}{folder}" for folder in folders]
    builder = replace(builder, steps=_made(builder.steps, staged, owner))
    copies = [Copy((f"{_STAGED}{one}/",), f"{one}/", _WHY, origin=builder.name, owned=True) for one in folders]
    return replace(recipe, stages=(*earlier, builder, replace(last, steps=(*last.steps, *copies))))


def _made(steps: Sequence[Step], folders: Sequence[str], owner: str) -> tuple[Step, ...]:
    named = " ".join(map(quote, folders))
    commands = (f"mkdir -p {named}", f"chown -R {owner} {named}")
    if steps and isinstance(last := steps[-1], Run):
        return (*steps[:-1], replace(last, commands=(*last.commands, *commands)))
    return (*steps, Run(commands, _WHY))
