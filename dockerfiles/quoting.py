"""How values are written in a Dockerfile, so that no text of a project can be more than a value.

Source: the Dockerfile reference. A line ends an instruction, `$` begins a variable outside of RUN, CMD and HEALTHCHECK.
"""

import json
import re
from collections.abc import Sequence

# The one variable that is meant where a recipe writes it: `/opt/venv/bin:$PATH`.
_PATH = re.compile(r"\\\$(PATH\b|\{PATH\})")
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=*?~-]+")


def one_line(text: str) -> str:
    """Return a text for a comment or a message: runs of space and of what is no text are one space."""
    return " ".join(_printable(text).split())


def value(text: str) -> str:
    r"""Return the value of an ENV, ARG or LABEL, in double quotes if it needs them; `$PATH` alone keeps its meaning.

    >>> print(value('say "hi" for $5'))
    "say \"hi\" for \$5"
    """
    if _PLAIN.fullmatch(text):
        return text
    escaped = re.sub(r'(["\\$])', r"\\\1", _printable(text))
    return '"' + _PATH.sub(r"$\1", escaped) + '"'


def exec_form(words: Sequence[str]) -> str:
    """Return the JSON form of a command, which no shell reads."""
    return "".join(map(_shown, json.dumps(list(words), ensure_ascii=False)))


def paths(names: Sequence[str], target: str) -> str:
    """Return the arguments of COPY: plain, or in JSON when a name has a character that needs it."""
    words = [_source(name) for name in names] + [_folder(target) if len(names) > 1 else target.replace("$", r"\$")]
    return " ".join(words) if all(map(_PLAIN.fullmatch, words)) else exec_form(words)


def command(line: str) -> str:
    """Return a command for RUN; it may go on after a backslash.

    Raises:
        ValueError: it has another line break, which ends the instruction.
    """
    if re.search(r"(?<!\\)\n|\r", line.strip()):
        raise ValueError(f"a command of the build has more than one line: {line!r}")
    return line.strip()


def _source(name: str) -> str:
    # A dash would be an option, and a bracket begins a pattern; `*` and `?` are left to those who mean them.
    safe = f"./{name}" if name.startswith("-") else name
    return safe.replace("[", "[[]").replace("$", r"\$")


def _folder(target: str) -> str:
    return f"{target.rstrip('/')}/".replace("$", r"\$")


def _shown(mark: str) -> str:
    # What would be invisible in an editor, or turn its line around, is written as JSON can.
    return mark if mark.isprintable() else json.dumps(mark)[1:-1]


def _printable(text: str) -> str:
    return "".join(mark if mark.isprintable() else " " for mark in text)
