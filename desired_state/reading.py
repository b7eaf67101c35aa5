"""State files read from disk: once, whole, within limits, and only what is a regular file."""

import errno
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from desired_state.problems import Problem

MAX_BYTES = 3 << 20
MAX_FILES = 10_000
SUFFIXES = {".yaml", ".yml", ".json"}
STDIN = "-"

_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


class Unreadable(Exception):
    """A file can't be used. Says why; `line` and `column` are 0 when it is the file as a whole."""

    def __init__(self, reason: str, line: int = 0, column: int = 0) -> None:
        super().__init__(reason)
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class StateText:
    """The text of one file. `file` is its name as the user wrote it, `path` absolute, None for standard input."""

    file: str
    path: Path | None
    text: str

    @property
    def folder(self) -> Path:
        """What relative paths in the text are relative to."""
        return Path.cwd() if self.path is None else self.path.parent

    @property
    def source(self) -> str:
        """What a resource remembers as its source."""
        return "" if self.path is None else str(self.path)


def read_all(paths: Sequence[Path | str], stdin: bytes) -> tuple[list[StateText], list[Problem]]:
    """Return the texts of files, of folders' files (sorted, recursive) and of `-`; each file once."""
    texts: dict[Path | None, StateText] = {}
    problems: list[Problem] = []
    for given in paths:
        for file in [STDIN] if str(given) == STDIN else _files(Path(given), problems):
            path = None if file == STDIN else Path(file).absolute()
            if path in texts:
                continue
            try:
                content = stdin if path is None else read_bytes(path)
                texts[path] = StateText(_display(file), path, decoded(content))
            except Unreadable as why:
                problems.append(Problem(_display(file), why.line, why.column, str(why)))
    return list(texts.values()), problems


def _display(file: str) -> str:
    return "stdin" if file == STDIN else file


def _files(given: Path, problems: list[Problem]) -> Iterator[str]:
    if not given.is_dir():
        yield str(given)
        return
    found = sorted(_below(given, problems))
    if not found:
        problems.append(Problem(str(given), 0, 0, "the folder holds no *.yaml, *.yml or *.json"))
    if len(found) > MAX_FILES:
        problems.append(Problem(str(given), 0, 0, f"the folder holds more than {MAX_FILES} state files"))
    yield from found[:MAX_FILES]


def _below(folder: Path, problems: list[Problem]) -> Iterator[str]:
    # Links to folders are not followed, so a loop of them ends here.
    def unreadable(error: OSError) -> None:
        problems.append(Problem(str(error.filename), 0, 0, _reason(error)))

    for parent, _, names in os.walk(folder, onerror=unreadable):
        yield from (str(Path(parent, name)) for name in names if Path(name).suffix in SUFFIXES)


def read_bytes(path: Path) -> bytes:
    """Return the content of a regular file, one byte more than `MAX_BYTES` at most. Never waits: a pipe is refused.

    Raises:
        Unreadable: it is missing, something else than a file, or forbidden.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as opened:  # noqa: PTH123 (a descriptor has no path)
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Unreadable("not a regular file")
            return opened.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise Unreadable(_reason(error)) from error


def _reason(error: OSError | ValueError) -> str:
    reasons = {
        errno.ENOENT: "no such file",
        errno.EACCES: "no permission to read it",
        errno.ELOOP: "a loop of symbolic links",
        errno.EISDIR: "a folder, not a file",
        errno.ENXIO: "not a regular file",
    }
    number = getattr(error, "errno", None)
    return reasons.get(number, f"can't be read: {getattr(error, 'strerror', None) or error}") if number else str(error)


def decoded(content: bytes) -> str:
    """Return UTF-8 text without its byte order mark.

    Raises:
        Unreadable: it is too large, not UTF-8, or holds control or direction-changing characters.
    """
    if len(content) > MAX_BYTES:
        raise Unreadable(f"larger than {MAX_BYTES >> 20} MiB; split it")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("this is UTF-16; save it as UTF-8", 1, 1)
    try:
        text = content.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        good = content[: error.start].decode(errors="replace")
        raise Unreadable(f"not UTF-8: byte 0x{content[error.start]:02x}", *_place_after(good)) from None
    if unwanted := _UNWANTED.search(text):
        code = f"U+{ord(unwanted[0]):04X}"
        reason = f"the invisible character {code} is not accepted; remove it, or write its escape in double quotes"
        raise Unreadable(reason, *_place_after(text[: unwanted.start()]))
    return text


def _place_after(text: str) -> tuple[int, int]:
    return text.count("\n") + 1, len(text) - text.rfind("\n")
