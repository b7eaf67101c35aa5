"""How bad a line says things are, by its own words. What goes to stderr is no worse for that."""

import json
import re
from enum import IntEnum

from container_ci.logs.grouping import Entry


class Severity(IntEnum):
    """In rising order."""

    UNKNOWN = 0
    DEBUG = 1
    INFO = 2
    WARNING = 3
    ERROR = 4
    FATAL = 5


_WORDS = {
    "trace": Severity.DEBUG,
    "debug": Severity.DEBUG,
    "dbg": Severity.DEBUG,
    "verbose": Severity.DEBUG,
    "info": Severity.INFO,
    "information": Severity.INFO,
    "inf": Severity.INFO,
    "notice": Severity.INFO,
    "log": Severity.INFO,
    "note": Severity.INFO,
    "system": Severity.INFO,
    "warn": Severity.WARNING,
    "warning": Severity.WARNING,
    "wrn": Severity.WARNING,
    "error": Severity.ERROR,
    "err": Severity.ERROR,
    "severe": Severity.ERROR,
    "eror": Severity.ERROR,
    "fail": Severity.ERROR,
    "critical": Severity.FATAL,
    "crit": Severity.FATAL,
    "fatal": Severity.FATAL,
    "ftl": Severity.FATAL,
    "alert": Severity.FATAL,
    "emerg": Severity.FATAL,
    "emergency": Severity.FATAL,
    "panic": Severity.FATAL,
}
_NAMES = "|".join(sorted(_WORDS, key=len, reverse=True))
_FIELDS = ("level", "severity", "lvl", "loglevel", "log.level", "levelname", "@level")
_LOGFMT = re.compile(rf"(?:^|\s)(?:{'|'.join(map(re.escape, _FIELDS))})=\"?([a-z]+)", re.IGNORECASE)
_BRACKETED = re.compile(rf"[\[<(|]\s*({_NAMES})(?::\w+)?\s*[\]>)|]", re.IGNORECASE)
_LEADING = re.compile(rf"^\W*(?:[\d\-:.,/TZ+ \[\]()a-z]*?\s)?({_NAMES})(?::|\s|\t|\])", re.IGNORECASE)
_UPPER = re.compile(rf"(?:^|[\s\[|])({_NAMES.upper()})(?=[\s:\]|]|$)")
_KLOG = re.compile(r"^([IWEF])\d{4} \d\d:\d\d:\d\d")
_SYSLOG = re.compile(r"^<([0-7])>")
_REDIS = re.compile(r"^\d+:[XCSM] \d\d \w{3} \d{4} [\d:.]+ ([.\-*#]) ")
_KLOG_LEVELS = {"I": Severity.INFO, "W": Severity.WARNING, "E": Severity.ERROR, "F": Severity.FATAL}
_REDIS_LEVELS = {".": Severity.DEBUG, "-": Severity.INFO, "*": Severity.INFO, "#": Severity.WARNING}
# Bunyan and pino count in tens.
_PINO = {10: Severity.DEBUG, 20: Severity.DEBUG, 30: Severity.INFO, 40: Severity.WARNING, 50: Severity.ERROR}

_KEYWORD = re.compile(
    r"\b(?:(?P<fatal>fatal|panic|segfault|segmentation fault|core dumped|out of memory)|"
    r"(?P<error>errors?|exceptions?|failed|failure|cannot|can't|could not|couldn't|unable to|refused|denied))\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:no|0|zero|without(?: any)?|not an?|never)[ _](?:\w+ )?(?:fatal|errors?|exceptions?|failures?)\b|"
    r"\b(?:errors?|exceptions?|failures?|failed)(?:_\w+)?\s*[=:]\s*(?:0(?:\.0*)?|none|null|false|\[\])(?!\d)|"
    r"\b\w*errors?(?:[._-]\w+)*\.(?:html?|log|js|py|css|json|svg|tmpl)\b|/\S*error\S*|"
    r"\berror[_-]?(?:rate|handler|page|log|count|reporting)\w*|\w+ErrorHandler\b|\bErrorHandler\b",
    re.IGNORECASE,
)


def severity(entry: Entry) -> Severity:
    """Return how bad an entry says things are; a trace is at least an error, UNKNOWN: it does not say."""
    said = _said(entry.lines[0])
    if entry.trace:
        return max(said, Severity.FATAL if entry.trace == "go" else Severity.ERROR)
    return said


def _said(line: str) -> Severity:
    if line.startswith("{"):
        structured = _of_json(line)
        if structured is not None:
            return structured
    for found in (_of_marker(line), _of_word(line)):
        if found is not None:
            return found
    return _of_keyword(line)


def _of_json(line: str) -> Severity | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    value = next((record[name] for name in _FIELDS if name in record), None)
    if isinstance(value, int) and not isinstance(value, bool):
        return _PINO.get(value, Severity.FATAL if value >= 60 else Severity.UNKNOWN)
    return _WORDS.get(str(value).lower(), Severity.UNKNOWN) if value is not None else Severity.UNKNOWN


def _of_marker(line: str) -> Severity | None:
    if found := _KLOG.match(line):
        return _KLOG_LEVELS[found.group(1)]
    if found := _REDIS.match(line):
        return _REDIS_LEVELS[found.group(1)]
    if found := _SYSLOG.match(line):
        number = int(found.group(1))
        return (Severity.FATAL, Severity.ERROR, Severity.WARNING, Severity.INFO, Severity.DEBUG)[_SYSLOG_STEPS[number]]
    return None


_SYSLOG_STEPS = (0, 0, 0, 1, 2, 3, 3, 4)


def _of_word(line: str) -> Severity | None:
    for pattern in (_LOGFMT, _BRACKETED, _LEADING, _UPPER):
        if found := pattern.search(line):
            known = _WORDS.get(found.group(1).lower())
            if known is not None and not _NEGATED.match(line[found.start(1) :]):
                return known
    return None


def _of_keyword(line: str) -> Severity:
    found = _KEYWORD.search(_NEGATED.sub(" ", line))
    if found is None:
        return Severity.UNKNOWN
    return Severity.FATAL if found["fatal"] else Severity.ERROR
