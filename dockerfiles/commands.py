"""Command lines as people write them in a Procfile, a script or a flag, turned into what an image runs."""

import re
import shlex

from dockerfiles.analysis import Command
from dockerfiles.quoting import one_line

_SHELL = re.compile(r"[$&|;<>()`*?\[\]{}~#\\\n]|^\s*!")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_SEQUENCE = re.compile(r"\|\|?|;|(?<!&)&(?!&)|\$\(|[`(){}<>\n]")


def parsed(line: str) -> Command:
    """Return a command line as words, or for a shell when it has what only a shell understands.

    For a shell the last command replaces it (`exec`), so that signals reach the program.

    Raises:
        ValueError: it is empty, or a quote in it is never closed.
    """
    line = one_line(line)
    words = shlex.split(line)
    if not words:
        raise ValueError("the command is empty")
    if _SHELL.search(_without_quoted(line)) or ('"' in line and "$" in line) or _ASSIGNMENT.match(words[0]):
        return Command.for_shell(_replacing(line))
    return Command(tuple(words))


def shown(command: Command) -> str:
    """Return a command as one would type it."""
    return command.argv[0] if command.shell else shlex.join(command.argv)


def _without_quoted(line: str) -> str:
    return re.sub(r"'[^']*'|\"[^\"]*\"", "", line)


def _replacing(line: str) -> str:
    bare = _without_quoted(line)
    if _SEQUENCE.search(bare) or bare.count("&&") != line.count("&&"):
        return line
    *before, last = line.split("&&")
    last = last.strip()
    if not last.startswith("exec "):
        last = f"exec env {last}" if _ASSIGNMENT.match(last) else f"exec {last}"
    return " && ".join([*(part.strip() for part in before), last])
