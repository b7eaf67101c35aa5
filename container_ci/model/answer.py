"""What of a model's answer is believed: only what the evidence bears. The check is code, not a request in a prompt."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from container_ci.logs.grouping import plain
from container_ci.model.dossier import Dossier, Evidence

_LONGEST_ANSWER = 4000
_MOST_STEPS = 8
_UNSURE = 0.5

_NUMBERS = re.compile(
    r"\b(?:port|exit(?:ed with)?(?: code| status)?|code|status)\s*[:=#]?\s*(\d{1,5})\b|:(\d{2,5})\b", re.IGNORECASE
)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARKUP = re.compile(r"<(?!secret:)[a-z/!][^>]*>", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
# What would change or endanger something if a person typed it: never passed on from a model, not in prose either.
_ORDER = re.compile(
    r"\b(?:docker|podman|nerdctl)\s+(?:(?:container|image|volume|network|system|compose|builder)\s+)*"
    r"(?:rmi?|kill|stop|start|restart|run|exec|update|create|cp|rename|pause|unpause|prune|down|up|commit|load|import|"
    r"push|pull|login|swarm|service|stack|connect|disconnect|plugin|context)\b|"
    r"\bergon\s+(?:delete|down|gc|volume|release|approve|pause|scale|shutdown|adopt)\b|"
    r"\b(?:rm|kill|pkill|killall|umount|mount|su|bash|sh|python3?|perl|nc|ssh|scp)\s+[-/]|\bkill\s+\d|"
    r"\b(?:sudo|mkfs\S*|eval|systemctl|iptables)\s+\S|\bdd\s+if=|\bch(?:mod|own)\s+\S|"
    r"\b(?:curl|wget)\s+(?:-|\S*://)|\|\s*(?:ba)?sh\b|>\s*/\w",
    re.IGNORECASE,
)
_READING = re.compile(
    r"^(?:docker\s+(?:ps|logs|inspect|top|stats|events|diff|version|info|port)|"
    r"ergon\s+(?:status|describe|events|logs|diff|why|history|drift|doctor|ci|top|audit|validate))\b[\w\s./:=@-]*$"
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a model says. `quotes` are (evidence id, words of that evidence)."""

    answer: str
    cause_rule: str | None = None
    confidence: float = 0.0
    evidence_ids: tuple[str, ...] = ()
    quotes: tuple[tuple[str, str], ...] = ()
    steps: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    inconclusive: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is left of a draft. `dropped` says what was not believed and why; `answer` is "" when all of it was."""

    answer: str
    cause_rule: str | None = None
    confidence: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    steps: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    inconclusive: bool = False
    dropped: tuple[str, ...] = ()


def checked(draft: Draft, dossier: Dossier) -> Explanation:
    """Return what the evidence bears of a draft.

    What cites nothing that exists, or speaks of ports and exit codes that nobody saw, is not believed at all.
    A certain finding of the rules stands: who contradicts it is shown as unsure.
    """
    dropped: list[str] = []
    evidence = _evidence(draft, dossier, dropped)
    answer = _answer(draft.answer, dropped)
    steps = [clean for step in draft.steps[:_MOST_STEPS] if (clean := _answer(step, dropped))]
    unseen = _unseen_numbers("\n".join((answer, *steps)), dossier)
    if unseen:
        dropped.append(f"the answer: it speaks of {', '.join(unseen)}, which nobody observed")
    if not evidence and not draft.inconclusive:
        dropped.append("the answer: it rests on no evidence")
    if unseen or not answer or (not evidence and not draft.inconclusive):
        return Explanation("", inconclusive=True, dropped=tuple(dict.fromkeys(dropped)))
    rule = _rule(draft, dossier, dropped)
    sure = rule is not None and not (dossier.certain and rule != dossier.certain)
    return Explanation(
        answer=answer,
        cause_rule=rule,
        confidence=round(min(max(draft.confidence, 0.0), 1.0 if sure else _UNSURE), 2),
        evidence=evidence,
        steps=tuple(steps),
        commands=tuple(_commands(draft.commands, dropped)),
        inconclusive=draft.inconclusive,
        dropped=tuple(dict.fromkeys(dropped)),
    )


def _evidence(draft: Draft, dossier: Dossier, dropped: list[str]) -> tuple[Evidence, ...]:
    false_quotes = {one for one, words in draft.quotes if not _is_quoted(dossier.piece(one), words)}
    found: dict[str, Evidence] = {}
    for one in (*draft.evidence_ids, *(one for one, _ in draft.quotes)):
        piece = dossier.piece(one)
        if piece is None:
            dropped.append(f"evidence {_short(one)}: there is none of that id")
        elif one in false_quotes:
            dropped.append(f"evidence {one}: it does not say what was quoted")
        else:
            found[one] = piece
    return tuple(found.values())


def _is_quoted(piece: Evidence | None, words: str) -> bool:
    return piece is not None and bool(words.strip()) and words.strip() in piece.text


def _rule(draft: Draft, dossier: Dossier, dropped: list[str]) -> str | None:
    if draft.cause_rule is None or draft.cause_rule in dossier.rules:
        rule = draft.cause_rule
    else:
        dropped.append(f"the cause {_short(draft.cause_rule)}: no rule found that")
        rule = None
    if dossier.certain and rule != dossier.certain:
        dropped.append(f"certainty: the rules are sure of {dossier.certain}")
    return rule


def _unseen_numbers(text: str, dossier: Dossier) -> list[str]:
    seen = set(re.findall(r"\d+", dossier.said()))
    spoken = dict.fromkeys(first or second for first, second in _NUMBERS.findall(text))
    return [number for number in spoken if number not in seen]


def _answer(text: str, dropped: list[str]) -> str:
    """Return prose without links, markup and control characters, and without sentences that give orders."""
    clean = "\n".join(plain(line) for line in text[:_LONGEST_ANSWER].split("\n"))
    kept = []
    for sentence in _SENTENCE.split(_MARKUP.sub("", _LINK.sub(r"\1", clean))):
        if _ORDER.search(sentence):
            dropped.append("a sentence that says what to run: only commands that read are passed on")
        elif sentence.strip():
            kept.append(sentence.strip())
    return " ".join(kept)


def _commands(commands: Sequence[str], dropped: list[str]) -> list[str]:
    kept = []
    for command in commands[:_MOST_STEPS]:
        clean = plain(command).strip()
        if _READING.match(clean):
            kept.append(clean)
        else:
            dropped.append(f"the command {_short(clean)}: only commands that read are passed on")
    return kept


def _short(text: str) -> str:
    clean = plain(text.replace("\n", " "))
    return repr(clean if len(clean) <= 60 else f"{clean[:60]}...")
