"""What this process knows and must never tell: secret values, taken out of every text before it leaves.

Kept for the whole process on purpose. A value read for one container may come back in any error, log line
or health report of the daemon, and whoever passes that on can't know what is in it.
"""

import json
from collections import OrderedDict
from collections.abc import Iterator

MASK = "***"
# Shorter values (a user's name, a port) stand in too many innocent texts; so do short lines of a long value.
SHORTEST = 6
SHORTEST_LINE = 8
_REMEMBERED = 4096

_secrets: OrderedDict[str, None] = OrderedDict()
_longest_first: list[str] = []


def keep_secret(value: str) -> None:
    """From now on take this value out of everything that `redacted` sees; of many lines, each one as well."""
    new = [form for form in _forms(value) if form not in _secrets]
    if not new:
        return
    _secrets.update(dict.fromkeys(new))
    while len(_secrets) > _REMEMBERED:
        _secrets.popitem(last=False)
    _longest_first[:] = sorted(_secrets, key=len, reverse=True)


def redacted(text: str) -> str:
    """Return a text without the secret values in it."""
    for secret in _longest_first:
        if secret in text:
            text = text.replace(secret, MASK)
    return text


def _forms(value: str) -> Iterator[str]:
    """Yield a value as it may be quoted: whole, line by line, and as JSON writes it."""
    whole = value.strip()
    lines = [line.strip() for line in whole.splitlines() if len(line.strip()) >= SHORTEST_LINE]
    for text in (whole, *lines):
        if len(text) >= SHORTEST:
            yield text
            yield json.dumps(text)[1:-1]
