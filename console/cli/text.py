"""Make text from elsewhere safe to print: nothing that a container says may steer the terminal."""

import re

# C0, DEL and C1 (cursor, colour, clipboard and title sequences start there), line and paragraph
# separators, marks that reorder or hide text, tag characters, and lone surrogates, which no
# terminal encoding can carry.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: object) -> str:
    """Return one printable line: every control character is written as an escape such as `\\x1b`."""
    return _UNSAFE.sub(_escape, str(text))


def _escape(match: re.Match[str]) -> str:
    return match.group().encode("unicode_escape", "surrogatepass").decode("ascii")
