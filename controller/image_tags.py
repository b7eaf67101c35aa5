"""Which tags a built image gets: by rule, from what is known of the project. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from controller.errors import ServiceError
from desired_state.image_reference import parse

RULES = ("latest", "version", "git", "hash", "sprint=NAME")

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_HASH_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Facts:
    """What tags are made of: the project's own version, `git describe`, and the digest of all that is built from.

    "" where a project has no such thing.
    """

    version: str = ""
    described: str = ""
    content: str = ""


def references(named: Sequence[str], rules: Sequence[str], facts: Facts, name: str) -> tuple[str, ...]:
    """Return the references that an image gets, the most telling first.

    Args:
        named: what was asked for, `shop/web:1.4` or only `shop/web`; none: `name`.
        rules: of `RULES`; none: `latest`, and `version` where there is one, unless a whole reference was given.
        facts: what the rules speak of.
        name: the repository where none was named.

    Raises:
        ServiceError: a rule is unknown, or speaks of what the project has not; a reference is no reference.
    """
    whole = [one for one in named if _has_tag(one)]
    repositories = list(dict.fromkeys(_checked(parse(one).name, one) for one in named or [name]))
    default = ["latest", *(["version"] if facts.version else [])] if by_default(named, rules) else []
    wanted = list(rules) or default
    tagged = [f"{repository}:{tag_of(rule, facts)}" for repository in repositories for rule in wanted]
    return tuple(dict.fromkeys([*whole, *tagged]))


def by_default(named: Sequence[str], rules: Sequence[str]) -> bool:
    """Return whether nobody said which tags an image gets."""
    return not rules and not any(_has_tag(one) for one in named)


def tag_of(rule: str, facts: Facts) -> str:
    """Return the tag that one rule gives.

    Raises:
        ServiceError: there is no such rule, or nothing to make its tag of.
    """
    word, _, value = rule.partition("=")
    match word:
        case "latest":
            return "latest"
        case "version":
            return _tag(facts.version, rule, "the project names no version", "say it with --version 1.4.0")
        case "git":
            return _tag(facts.described, rule, "the project is in no git repository that can be read", "")
        case "hash":
            return _tag(facts.content[:_HASH_DIGITS], rule, "what is built from is not on this host", "")
        case "sprint":
            return "sprint-" + _tag(_label(value), rule, "a sprint has a name", "write --tags sprint=checkout-redesign")
    raise ServiceError(f'there is no rule "{rule}" for tags', f"rules are {', '.join(RULES)}")


def _tag(text: str, rule: str, lack: str, advice: str) -> str:
    # A version may carry build metadata (1.4.0+7), which a tag can't.
    tag = re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-.")[:128]
    if not tag:
        raise ServiceError(f'the rule "{rule}" gives no tag: {lack}', advice)
    return tag


def _label(name: str) -> str:
    """Return a sprint's name as a label: `Ergon_Docker_Sprint` is `ergon-docker`."""
    words = re.findall(r"[a-z0-9.]+", name.lower())
    return "-".join(words[:-1] if len(words) > 1 and words[-1] == "sprint" else words)


def _has_tag(reference: str) -> bool:
    return ":" in reference.rpartition("/")[2]


def _checked(repository: str, given: str) -> str:
    tag = given.rpartition(":")[2] if _has_tag(given) else "latest"
    if "@" in given or not re.fullmatch(r"[a-z0-9]+(?:[._:/-]+[a-z0-9]+)*", repository) or not _TAG.fullmatch(tag):
        raise ServiceError(f'"{given}" is no image reference', "write it like shop/web or shop/web:1.4, in lower case")
    return repository
