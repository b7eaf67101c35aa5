"""Take secrets out of text before anybody sees or keeps it.

Two ways, both always: values that are known to be secret are replaced wherever they stand, in every form
in which they travel; and what looks like a secret by its name or its shape is replaced too.
"""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote, quote_plus

# Shorter values would take ordinary words out of the text; they are still caught by their names.
_SHORTEST = 6

_SECRET_NAME = re.compile(
    r"""pass(?:word|wd|phrase|code)?(?![a-z])|pwd|secret|token|credential|cookie|session_?(?:id|key)|
        (?:api|access|private|secret|signing|encryption|auth|master|account|storage|shared)[-_ ]?keys?|
        auth(?:orization)?(?![a-z])|dsn|conn(?:ection)?[-_ ]?str(?:ing)?""",
    re.IGNORECASE | re.VERBOSE,
)

# Looking for this first spares the long patterns on most lines.
_NAMES_A_SECRET = re.compile(r"pass|pwd|secret|token|credential|cookie|session|key|auth|dsn|conn", re.IGNORECASE)

# A name, what stands between it and its value, and the value: `KEY=v`, `"key": "v"`, `key: v`, `--key v`.
_ASSIGNMENT = re.compile(
    r"""(?P<name>[\w.\-]*(?:pass|pwd|secret|token|credential|cookie|session|key|auth|dsn|conn)[\w.\-]*)
        (?P<between>\\?["']?\s*(?:=>|:=|[=:])\s*|\s+(?=\S))
        (?P<value>\\"(?:(?!\\").)*\\"|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;&"'}\])]+)""",
    re.IGNORECASE | re.VERBOSE,
)

_SCHEME_WORD = re.compile(r"\b(Bearer|Basic|Digest|Token)(\s+)([A-Za-z0-9+/=._~\-]{6,})")
_AUTHORIZATION = re.compile(r"(?i)((?:proxy-)?authorization[\"']?\s*[:=]\s*[\"']?)([^\r\n\"']+)")
_SET_COOKIE = re.compile(r"(?i)((?:set-)?cookie[\"']?\s*[:=]\s*[\"']?)([^\r\n\"']+)")
_USER_INFO = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.\-]*://)(?P<user>[^\s/@:\"']*):(?P<password>[^\s/\"']+)@", re.IGNORECASE
)
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?(?:-----END \1-----|\Z)", re.DOTALL)

_SHAPES = re.compile(
    "|".join(
        (
            r"\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{4,}\.[A-Za-z0-9_\-]*",  # JSON web token
            r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
            r"\bgh[pousr]_[A-Za-z0-9]{20,}\b",
            r"\bgithub_pat_[A-Za-z0-9_]{20,}\b",
            r"\bglpat-[A-Za-z0-9_\-]{16,}",
            r"\bsk-[A-Za-z0-9_\-]{16,}",
            r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{10,}\b",
            r"\bxox[abeoprs]-[A-Za-z0-9\-]{10,}",
            r"\bAIza[A-Za-z0-9_\-]{30,}",
            r"\bya29\.[A-Za-z0-9_\-]{20,}",
            r"\bnpm_[A-Za-z0-9]{30,}\b",
            r"\bpypi-[A-Za-z0-9_\-]{30,}",
            r"\bhvs\.[A-Za-z0-9_\-]{20,}",
            r"\bSG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}",
            r"\bdop_v1_[a-f0-9]{40,}\b",
            r"\bAGE-SECRET-KEY-[A-Z0-9]{20,}\b",
        )
    )
)

# Words that follow a secret's name in ordinary sentences, and values that hide nothing.
_HARMLESS = re.compile(
    r"""(?ix)^(?:|true|false|yes|no|on|off|none|null|nil|undefined|empty|missing|unset|not|is|was|are|be|has|had|in|of|
        for|from|to|and|or|the|a|an|with|must|may|can|could|should|will|required|invalid|expired|failed|failure|error|
        denied|accepted|rejected|mismatch|changed|file|field|found|given|set|authentication|authenticated|\*+|x+|
        <secret:[^>]*>|\$\{?\w+\}?|[0-9]{1,5})[.:,!]?$"""
)


class Redactor:
    """Replaces secrets by tags. The same secret keeps the same tag, so that text still makes sense."""

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        """Know these secret values by their names; their values are never shown again, not by `repr` either."""
        forms = {form: name for name, value in (known or {}).items() for form in _forms(value)}
        # The longest first: one value may be a part of another.
        self._known = sorted(forms.items(), key=lambda pair: -len(pair[0]))
        self._pattern = re.compile("|".join(re.escape(form) for form, _ in self._known)) if self._known else None
        self._names = dict(self._known)

    def __repr__(self) -> str:
        return f"Redactor({sorted(set(self._names.values()))})"

    def redact(self, text: str) -> str:
        """Return the text with a tag in the place of every secret."""
        if self._pattern is not None:
            text = self._pattern.sub(lambda found: _tag(self._names[found.group()]), text)
        if "-----BEGIN" in text:
            text = _PEM.sub(lambda found: _tag(found.group(1).lower().replace(" ", "-")), text)
        named = bool(_NAMES_A_SECRET.search(text))
        if named:
            text = _AUTHORIZATION.sub(lambda found: found.group(1) + _kept_scheme(found.group(2)), text)
            text = _SET_COOKIE.sub(lambda found: found.group(1) + _unless_harmless(found.group(2), "cookie"), text)
        text = _SCHEME_WORD.sub(lambda found: found.group(1) + found.group(2) + _credential(found), text)
        if "://" in text:
            text = _USER_INFO.sub(_with_hidden_password, text)
        text = _SHAPES.sub(_tag("token"), text)
        return _ASSIGNMENT.sub(_assigned, text) if named else text

    def redact_all(self, value: object) -> object:
        """Return JSON-ready data with every text in it redacted, and what stands under a secret's name replaced."""
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, Mapping):
            return {key: self._under(str(key), item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.redact_all(item) for item in value]
        return value

    def _under(self, name: str, value: object) -> object:
        return (
            _unless_harmless(value, name) if isinstance(value, str) and is_secret_name(name) else self.redact_all(value)
        )


def is_secret_name(name: str) -> bool:
    """Return whether a variable or field of this name most likely holds a secret."""
    return bool(_SECRET_NAME.search(name))


def secrets_of(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the variables that hold secrets: by their names, and passwords inside URLs."""
    named = {name: value for name, value in environment.items() if is_secret_name(name)}
    in_urls = {
        f"{name}:password": found["password"]
        for name, value in environment.items()
        if (found := _USER_INFO.search(value)) is not None
    }
    return named | in_urls


def _forms(value: str) -> Iterator[str]:
    """Yield the forms in which a value travels: as it is, in URLs, in base64, inside JSON."""
    if len(value) < _SHORTEST or _HARMLESS.match(value):
        return
    yield value
    yield quote(value, safe="")
    yield quote_plus(value)
    yield value.replace("\\", "\\\\").replace('"', '\\"')
    yield from _in_base64(value)


def _in_base64(value: str) -> Iterator[str]:
    """Yield the characters of base64 text that a value alone decides, wherever in the text it begins."""
    raw = value.encode()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        # Beside other text (`user:password`) the same bytes begin at another bit.
        for before, mixed in ((0, 0), (1, 2), (2, 3)):
            text = encode(b"\0" * before + raw).decode().rstrip("=")
            yield text[mixed : len(text) - bool((before + len(raw)) % 3)]


def _tag(name: str) -> str:
    return f"<secret:{name}>"


def _with_hidden_password(found: re.Match[str]) -> str:
    return f"{found['scheme']}{found['user']}:{_unless_harmless(found['password'], 'password')}@"


def _credential(found: re.Match[str]) -> str:
    return _unless_harmless(found.group(3), found.group(1).lower())


def _kept_scheme(value: str) -> str:
    scheme, space, rest = value.partition(" ")
    return (
        f"{scheme}{space}{_unless_harmless(rest, 'authorization')}"
        if rest
        else _unless_harmless(value, "authorization")
    )


def _unless_harmless(value: str, name: str) -> str:
    return value if _HARMLESS.match(value) else _tag(name)


def _assigned(found: re.Match[str]) -> str:
    name, between, value = found["name"], found["between"], found["value"]
    spaced = not between.strip("\\\"' \t")
    is_tag = found.string[: found.start()].endswith("<")
    if is_tag or not is_secret_name(name) or (spaced and not name.startswith("-")):
        return found.group()
    bare = value.strip("\\\"'")
    if _HARMLESS.match(bare) or bare.startswith("<secret:"):
        return found.group()
    return f"{name}{between}{_around(value, bare)(_tag(name.lstrip('-')))}"


def _around(value: str, bare: str) -> Callable[[str], str]:
    before, _, after = value.partition(bare)
    return lambda tag: f"{before}{tag}{after}"
