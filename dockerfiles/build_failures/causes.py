"""The cause a build failed for, where its words give it away."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dockerfiles.build_failures.packages import bringing
from dockerfiles.build_failures.rules import RULES, Rule


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a build failed: a stable `code`, a sentence, and what to do.

    `evidence` is the line that says so, `package` the Debian package that is missing, "" for none.
    """

    code: str
    text: str
    advice: str = ""
    evidence: str = ""
    package: str = ""


def cause(said: Sequence[str], why: str) -> Cause | None:
    """Return why a step failed, from its output and the builder's last word; None when no words give it away."""
    return next(_spoken([*said, *why.splitlines()]), None)


def _spoken(lines: Sequence[str]) -> Iterator[Cause]:
    for rule in RULES:
        for line in lines:
            if found := rule.pattern.search(line):
                yield _cause(rule, found, line)


def _cause(rule: Rule, found: re.Match[str], line: str) -> Cause:
    name = next((group for group in found.groups() if group), "")
    package = bringing(rule.sort, name) if rule.sort else ""
    advice = f"install {package} before this step" if package else rule.advice.format(name)
    text = rule.text.format(name) + (f"; Debian has it in {package}" if package else "")
    return Cause(rule.code, text, advice, line.strip(), package)
