"""What an entry says in words, without what carries it: two JSON lines are alike when their messages are."""

import json
import re

from container_ci.logs.grouping import Entry

_MESSAGES = ("msg", "message", "event", "error", "err", "exception", "log")
_LOGFMT = re.compile(r'(?:^|\s)(?:msg|message)=(?:"((?:[^"\\]|\\.)*)"|(\S+))')
_ERROR_FIELD = re.compile(r'\s(?:err|error)=(?:"((?:[^"\\]|\\.)*)"|(\S+))')


def wording(entry: Entry) -> str:
    """Return the one line that tells what an entry is about."""
    line = entry.failure
    if line.startswith("{"):
        return _of_json(line) or line
    if found := _LOGFMT.search(line):
        error = _ERROR_FIELD.search(line)
        return ": ".join(part for part in (_either(found), _either(error) if error else "") if part) or line
    return line


def _of_json(line: str) -> str:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(record, dict):
        return ""
    said = (_plain(record.get(name)) for name in _MESSAGES)
    return ": ".join(dict.fromkeys(part for part in said if part))


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return _plain(value.get("message") or value.get("msg") or value.get("type"))
    return value.strip().split("\n", 1)[0] if isinstance(value, str) else ""


def _either(found: re.Match[str]) -> str:
    return (found.group(1) or found.group(2) or "").strip()
