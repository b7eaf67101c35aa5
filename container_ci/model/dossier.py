"""What a model is told of a container: pieces of evidence with ids, bounded, and without secrets."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from container_ci.logs.grouping import plain
from container_ci.logs.redaction import Redactor

Json = Mapping[str, Any]

# About 12 000 tokens.
_MOST_CHARACTERS = 40_000
_LONGEST_PIECE = 1500
# What is most likely a random secret; only a model's reader has no use for it either.
_RANDOM = re.compile(
    r"(?<![\w/.-])(?=[A-Za-z0-9+/_=-]*\d)(?=[A-Za-z0-9+/_=-]*[A-Za-z])[A-Za-z0-9+/_=-]{32,}(?![\w/.-])"
)
_STANDING = ("container", "image", "state", "exit_code", "health", "resource")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was observed; a model refers to it by its id. `source` says where it stands."""

    id: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """What is known of one container. `rules` are the findings of the diagnosis, the first cause first;
    `certain` is the first of them if the diagnosis is sure, "" if not. `left_out` counts what had no room.
    """

    container: str
    evidence: tuple[Evidence, ...] = ()
    rules: tuple[str, ...] = ()
    certain: str = ""
    neighbours: tuple[str, ...] = ()
    left_out: int = 0

    def piece(self, evidence_id: str) -> Evidence | None:
        """Return the evidence of this id, None when there is none."""
        return next((one for one in self.evidence if one.id == evidence_id), None)

    def said(self) -> str:
        """Return everything that a true answer can speak of."""
        return "\n".join((self.container, *self.neighbours, *(f"{one.source} {one.text}" for one in self.evidence)))

    def digest(self) -> str:
        """Return a fingerprint of what is told."""
        return hashlib.sha256(self.as_text().encode()).hexdigest()

    def as_text(self) -> str:
        """Return the dossier as JSON: texts of others can't end the string that they stand in."""
        return json.dumps(
            {
                "container": self.container,
                "findings": list(self.rules),
                "neighbours": list(self.neighbours),
                "evidence": [{"id": one.id, "source": one.source, "text": one.text} for one in self.evidence],
                "left_out": self.left_out,
            },
            ensure_ascii=False,
        )

    def with_answer(
        self, topic: str, data: Json, redactor: Redactor, neighbour: str = ""
    ) -> tuple["Dossier", tuple[Evidence, ...]]:
        """Return the dossier with what was looked up, of a neighbour if one is named, and the evidence that is new."""
        known = {(one.source, one.text) for one in self.evidence}
        of = f"{neighbour}: " if neighbour else ""
        pieces = ((f"{of}{source}", text) for source, text in _pieces(topic, data, redactor))
        found = [one for one in pieces if one not in known]
        grown = _with(self, found)
        return grown, grown.evidence[len(self.evidence) :]


def dossier(container: str, answers: Mapping[str, Json], redactor: Redactor) -> Dossier:
    """Put together what a companion's answers tell, by topic; findings come first."""
    findings: Sequence[Json] = answers.get("debug", {}).get("findings") or ()
    first = findings[0] if findings else None
    related = [name for finding in findings for name in finding.get("related") or ()]
    empty = Dossier(
        redactor.redact(container),
        rules=tuple(str(finding["rule"]) for finding in findings),
        certain=str(first["rule"]) if first and float(first.get("confidence", 0)) >= 0.8 else "",
        neighbours=tuple(dict.fromkeys(str(name) for name in related)),
    )
    order = ("debug", "status", "logs", "health", "services", "optimize", "security")
    pieces = [piece for topic in order if topic in answers for piece in _pieces(topic, answers[topic], redactor)]
    return _with(empty, pieces)


def _with(before: Dossier, pieces: Sequence[tuple[str, str]]) -> Dossier:
    room = _MOST_CHARACTERS - sum(len(one.text) for one in before.evidence)
    evidence, left_out = list(before.evidence), before.left_out
    for source, text in pieces:
        if len(text) > room:
            left_out += 1
            continue
        room -= len(text)
        evidence.append(Evidence(f"E{len(evidence) + 1}", source, text))
    return replace(before, evidence=tuple(evidence), left_out=left_out)


def _pieces(topic: str, data: Json, redactor: Redactor) -> Iterator[tuple[str, str]]:
    """Yield source and text of what an answer tells. Each text is clean: one piece can't look like two."""
    for source, text in dict.fromkeys(_read(topic, data)):
        clean = "\n".join(plain(line) for line in text.split("\n")).strip()
        hidden = _RANDOM.sub("<secret:random>", redactor.redact(clean))
        if hidden:
            yield source, hidden if len(hidden) <= _LONGEST_PIECE else f"{hidden[:_LONGEST_PIECE]}..."


def _read(topic: str, data: Json) -> Iterator[tuple[str, str]]:
    if topic == "debug":
        yield from _of_findings(data.get("findings") or ())
    elif topic == "logs":
        yield from _of_logs(data)
    elif topic == "services":
        for service in data.get("services") or ():
            yield "services", json.dumps(service, sort_keys=True)
    elif topic == "status":
        yield "status", json.dumps({name: data[name] for name in _STANDING if name in data}, sort_keys=True)
    elif data:
        yield topic, json.dumps({name: value for name, value in data.items() if name != "container"}, sort_keys=True)


def _of_findings(findings: Sequence[Json]) -> Iterator[tuple[str, str]]:
    for finding in findings:
        rule = finding["rule"]
        yield f"finding:{rule}", f"{finding['title']}: {finding['cause']} (confidence {finding['confidence']})"
        for quote in finding.get("evidence") or ():
            yield str(quote["source"]), _timed(quote.get("when"), quote["text"])


def _of_logs(data: Json) -> Iterator[tuple[str, str]]:
    read = data.get("read") or {}
    yield "log:read", json.dumps({name: read.get(name) for name in ("lines", "first", "last", "filter", "missing")})
    yield from _of_findings(data.get("findings") or ())
    for window in data.get("windows") or ():
        for line in window:
            times = f" (x {line['count']} until {line['last']})" if line.get("count", 1) > 1 else ""
            yield f"log:{line['stream']}", f"{_timed(line['first'], line['text'])}{times}"


def _timed(when: object, text: str) -> str:
    return f"{when} {text}" if when else text
