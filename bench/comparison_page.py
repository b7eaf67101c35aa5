"""The page that says who sees which change, from what both tools were heard to say."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_HEAD = """# Who sees what

The same changes, made behind the back of Ergon and of Docker Compose on Docker Engine {engine}: what `ergon diff`
names and whether Ergon puts it right by itself, and what `docker compose --dry-run up -d` would do. Nothing in this
table is written by hand: `bench/comparison.py` makes every change on a real engine and asks both. *Told* means that it
is shown and left: nobody declared it, or it is not Ergon's to touch; see [policies](policies.md). *Fail*: Compose ends
with an error.

Ergon names {ergon} of {total} changes and puts {mended} right by itself; Compose would act on {compose},
and fails on {failed}.

| change | `ergon diff` names | Ergon | `docker compose up` would |
|---|---|---|---|
"""


_COMPOSE = {
    "": "see nothing",
    "fails": "fail",
    "recreates": "recreate it",
    "creates": "create it",
    "removes": "remove one",
    "starts": "start it",
}


@dataclass(frozen=True)
class Verdict:
    """What both said about one change. `ergon` are the fields it named; `compose` is what it would do."""

    name: str
    ergon: tuple[str, ...]
    mended: bool
    compose: str


def page(verdicts: Sequence[Verdict], engine: str) -> str:
    """Return the page as Markdown."""
    head = _HEAD.format(
        engine=engine,
        total=len(verdicts),
        ergon=sum(bool(one.ergon) for one in verdicts),
        mended=sum(one.mended for one in verdicts),
        failed=sum(one.compose == "fails" for one in verdicts),
        compose=sum(one.compose in ("recreates", "creates", "removes", "starts") for one in verdicts),
    )
    return head + "".join(_row(one) for one in verdicts)


def as_json(value: Any) -> str:
    """Return a Compose file as JSON, which is YAML, too."""
    return json.dumps(value, indent=2)


def _row(one: Verdict) -> str:
    fields = ", ".join(f"`{path}`" for path in one.ergon) or "nothing"
    does = "puts it right" if one.mended else "told"
    return f"| {one.name.replace('-', ' ')} | {fields} | {does} | {_COMPOSE[one.compose]} |\n"
