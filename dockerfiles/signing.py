"""The mark of a generated Dockerfile: that Ergon wrote it, and whether someone has changed it since."""

import hashlib
import re

_MARK = "# Written by `ergon dockerfile`; "
_SIGNED = re.compile(rf"\A{re.escape(_MARK)}content (?P<digest>[0-9a-f]{{16}})\n")


def signed(text: str) -> str:
    """Return a text with a first line that names the digest of the rest."""
    return f"{_MARK}content {_digest(text)}\n{text}"


def is_ours(text: str) -> bool:
    """Return whether a text is as it was generated, so that nothing of anybody is lost by writing it anew."""
    text = text.replace("\r\n", "\n")
    found = _SIGNED.match(text)
    return found is not None and found["digest"] == _digest(text[found.end() :])


def was_ours(text: str) -> bool:
    """Return whether a text was generated once, whatever was made of it."""
    return text.startswith(_MARK)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
