"""A failed build in words: which step, which line of the Dockerfile, the likely cause, what to do."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dockerfiles.build_failures.causes import Cause, cause
from dockerfiles.build_failures.instructions import Instruction, instructions, spoken_of

_QUOTED_LINES = 3
_CODE = re.compile(r"(?:non-zero code|exit code|exit status): (\d+)")
_NAMED_LINE = re.compile(r"dockerfile parse error (?:on )?line (\d+)", re.IGNORECASE)
_MANIFEST = re.compile(r"/v2/(?:library/)?([^\s\"]+)/manifests/")
_FROM_STAGE = re.compile(r"--from=(\S+)")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of a failure. `line` is 0, and `instruction` "", when the builder failed at no step of the file."""

    step: str
    instruction: str
    line: int
    cause: Cause


def explain(step: str, why: str, said: Sequence[str], dockerfile: str) -> Explanation:
    """Return the explanation of a build that ended at `step` for `why`, with what the step said before."""
    known = instructions(dockerfile)
    at = spoken_of(step, known) or _named(why, known)
    found = _stage_missing(at, why) or cause(said, why) or _unknown(why, said)
    return Explanation(step, at.text if at else "", at.line if at else 0, found)


def _named(why: str, known: Sequence[Instruction]) -> Instruction | None:
    """Return the instruction that the builder names by its line, or by the image it wants."""
    if found := _NAMED_LINE.search(why):
        return next((one for one in known if one.line == int(found.group(1))), None)
    if found := _MANIFEST.search(why):
        image = re.compile(
            rf"(?:^FROM (?:--\S+ )*|--from=)(?:\S+/)?{re.escape(found.group(1))}(?:[:@\s]|$)", re.IGNORECASE
        )
        return next((one for one in known if image.search(one.text)), None)
    return None


def _stage_missing(at: Instruction | None, why: str) -> Cause | None:
    """Return that a stage is missing where a builder took its name for an image's and went to look for that."""
    found = _FROM_STAGE.search(at.text) if at else None
    if found is None or not ("invalid from flag value" in why or _MANIFEST.search(why)):
        return None
    name = found.group(1)
    text = f"there is no stage {name} in the Dockerfile, and no image of that name was found"
    return Cause("missing-stage", text, f"`FROM ... AS {name}` makes one", why.splitlines()[0])


def _unknown(why: str, said: Sequence[str]) -> Cause:
    code = _CODE.search(why)
    first = next(iter(why.strip().splitlines()), "the builder did not say why")
    quoted = " | ".join(line.strip() for line in said[-_QUOTED_LINES:] if line.strip())
    return Cause("step-failed", f"its command ended with code {code.group(1)}" if code else first, "", quoted)
