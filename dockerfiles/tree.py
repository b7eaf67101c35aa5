"""A bounded, read-only look at a project's folder: which files there are, and the text of those that matter."""

import os
import stat
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

MAX_FILES = 20_000
MAX_DEPTH = 8
MAX_BYTES = 256 * 1024
BUDGET_S = 5.0

# What others made, or what is made anew by a build: never a project's own source.
PRUNED = frozenset(
    {
        *(".git", ".hg", ".svn", ".idea", ".vscode", ".terraform"),
        *("node_modules", "bower_components", ".next", ".nuxt", ".output", ".svelte-kit", ".turbo", ".nx", ".angular"),
        *(".cache", ".parcel-cache", ".venv", "venv", "virtualenv", "site-packages", "__pycache__", ".pytest_cache"),
        *(".mypy_cache", ".ruff_cache", ".tox", ".nox", ".eggs", ".gradle", "Pods", "DerivedData"),
    }
)


@dataclass(frozen=True, slots=True)
class Note:
    """What could not be read, or was not looked at, and why. `file` is "" for the tree as a whole."""

    code: str
    file: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """The text of one file, lines ended by \\n whatever they ended with."""

    path: str
    content: str

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield the lines with their numbers, from 1."""
        yield from enumerate(self.content.split("\n"), start=1)

    def line_of(self, wanted: str) -> int:
        """Return the number of the first line that contains this text, 0 when none does."""
        return next((number for number, line in self.lines() if wanted in line), 0)


class Tree:
    """The files below one folder, by their paths relative to it (POSIX, sorted), and their text on demand.

    `prefix` is where that folder lies in the project ("" for the project itself): what is quoted names whole paths.
    `project` is the tree of the whole project, where a workspace keeps what its members share.
    """

    def __init__(
        self,
        files: Sequence[str],
        read: "Reader",
        *,
        name: str = "",
        prefix: str = "",
        notes: list[Note] | None = None,
        project: "Tree | None" = None,
    ) -> None:
        self.files = tuple(files)
        self.name = name
        self.prefix = prefix
        self.notes: list[Note] = [] if notes is None else notes
        self.project = project or self
        self._known = frozenset(self.files)
        self._read = read
        self._by_name: dict[str, list[str]] = {}

    def has(self, path: str) -> bool:
        """Return whether there is a regular file at this path."""
        return path in self._known

    def first(self, *paths: str) -> str | None:
        """Return the first of these paths at which there is a file."""
        return next((path for path in paths if path in self._known), None)

    def has_folder(self, path: str) -> bool:
        """Return whether anything lies below this folder."""
        return any(file.startswith(f"{path.rstrip('/')}/") for file in self.files)

    def named(self, name: str) -> Sequence[str]:
        """Return the files of this name, wherever they lie, those nearest to the root first."""
        if not self._by_name:
            found: defaultdict[str, list[str]] = defaultdict(list)
            for file in sorted(self.files, key=lambda one: (one.count("/"), one)):
                found[PurePosixPath(file).name].append(file)
            self._by_name = dict(found)
        return self._by_name.get(name, [])

    def with_suffix(self, *suffixes: str) -> Iterator[str]:
        """Yield the files whose names end so (".py"), those nearest to the root first."""
        yield from sorted(
            (file for file in self.files if file.endswith(suffixes)), key=lambda one: (one.count("/"), one)
        )

    def text(self, path: str) -> Text | None:
        """Return the text of a file, None when it is absent, binary, unreadable; a note says which."""
        if path not in self._known:
            return None
        content = self._read.text(self.whole(path), self.notes)
        return None if content is None else Text(self.whole(path), content)

    def whole(self, path: str) -> str:
        """Return a path of this tree as one of the project."""
        return f"{self.prefix}/{path}" if self.prefix else path

    def at(self, folder: str) -> "Tree":
        """Return the tree below one of its folders; "" is itself."""
        folder = folder.strip("/")
        if not folder:
            return self
        start = f"{folder}/"
        files = [file.removeprefix(start) for file in self.files if file.startswith(start)]
        name = PurePosixPath(folder).name
        return Tree(files, self._read, name=name, prefix=self.whole(folder), notes=self.notes, project=self.project)


@dataclass(slots=True)
class Reader:
    """Reads files of one project, each once: from `memory` where they are given, else below `root`."""

    root: Path | None = None
    memory: Mapping[str, str | bytes] = field(default_factory=dict)
    _texts: dict[str, str | None] = field(default_factory=dict)

    def text(self, path: str, notes: list[Note]) -> str | None:
        if path not in self._texts:
            self._texts[path] = self._decoded(path, notes)
        return self._texts[path]

    def _decoded(self, path: str, notes: list[Note]) -> str | None:
        try:
            data = self._bytes(path)
        except OSError as error:
            notes.append(Note("unreadable", path, f"could not be read: {error.strerror or error}"))
            return None
        if len(data) > MAX_BYTES:
            notes.append(Note("too-big", path, f"only its first {MAX_BYTES // 1024} KiB were read"))
            data = data[:MAX_BYTES]
        return _text_of(data, path, notes)

    def _bytes(self, path: str) -> bytes:
        if self.root is None:
            given = self.memory[path]
            return given.encode() if isinstance(given, str) else given
        # Never waits: what was a file when it was found may be a pipe by now.
        descriptor = os.open(self.root / path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(0, "it is no regular file")
            return file.read(MAX_BYTES + 1)


def in_memory(files: Mapping[str, str | bytes], name: str = "project") -> Tree:
    """Return a tree of files that are given with their content."""
    return Tree(sorted(files), Reader(memory=files), name=name)


def scan(root: Path, *, max_files: int = MAX_FILES, budget_s: float = BUDGET_S) -> Tree:
    """Return the tree of a folder; bounded in files, depth and time, with a note where a bound was met.

    Folders that are links are not followed; files that are links count when they lead into the folder.

    Raises:
        OSError: the folder itself can't be read.
    """
    root = root.resolve(strict=True)
    notes: list[Note] = []
    files = sorted(_walk(root, notes, max_files, time.monotonic() + budget_s))
    return Tree(files, Reader(root), name=root.name, notes=notes)


def _walk(root: Path, notes: list[Note], max_files: int, until: float) -> Iterator[str]:
    due, count = [("", 0)], 0
    while due:
        folder, depth = due.pop()
        for entry in _entries(root, folder, notes):
            path = f"{folder}/{entry.name}" if folder else entry.name
            if time.monotonic() > until or count >= max_files:
                notes.append(Note("too-many", "", f"not all of the folder was looked at ({count} files were)"))
                return
            if _is_folder(entry):
                if entry.name in PRUNED:
                    continue
                if depth >= MAX_DEPTH:
                    notes.append(Note("too-deep", path, f"folders below {MAX_DEPTH} levels are not looked at"))
                else:
                    due.append((path, depth + 1))
            elif _is_file_of(root, entry, path, notes):
                count += 1
                yield path


def _entries(root: Path, folder: str, notes: list[Note]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(root / folder) as found:
            return sorted(found, key=lambda entry: entry.name, reverse=True)
    except OSError as error:
        if not folder:
            raise
        notes.append(Note("unreadable", folder, f"could not be looked into: {error.strerror or error}"))
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_file_of(root: Path, entry: os.DirEntry[str], path: str, notes: list[Note]) -> bool:
    if not path.isprintable() or "\udc80" <= max(path) <= "\udcff":
        notes.append(Note("bad-name", path.encode("ascii", "backslashreplace").decode(), "its name can't be written"))
        return False
    try:
        if not entry.is_symlink():
            return entry.is_file(follow_symlinks=False)
        target = Path(entry.path).resolve(strict=True)
    except (OSError, RuntimeError):
        notes.append(Note("broken-link", path, "the link leads nowhere"))
        return False
    if not target.is_relative_to(root):
        notes.append(Note("link-out", path, "the link leads out of the folder and is not followed"))
        return False
    return target.is_file()


def _text_of(data: bytes, path: str, notes: list[Note]) -> str | None:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _unified(data.decode(encoding, "replace"))
    if b"\0" in data[:8192]:
        notes.append(Note("binary", path, "it is no text"))
        return None
    try:
        # A cut in the middle of a character is no fault of the file's.
        return _unified(data.decode() if len(data) < MAX_BYTES else data.decode(errors="ignore"))
    except UnicodeDecodeError:
        notes.append(Note("latin-1", path, "it is not UTF-8; it was read as Latin-1"))
        return _unified(data.decode("latin-1"))


def _unified(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
