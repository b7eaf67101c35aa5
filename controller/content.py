"""What configs and secrets hold right now, as the files and variables that containers get.

Content is read when it is needed and never kept: what is recorded is a keyed digest, which tells
that content changed and nothing about what it is. Every secret that is read is kept out of all texts.
"""

import hashlib
import hmac
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from desired_state import env_files
from desired_state.container import ContainerSpec
from desired_state.content_parts import ContentKind, FileReference, ValueFrom
from desired_state.files import ConfigSpec, SecretSpec
from desired_state.key import Key
from desired_state.reading import Unreadable
from desired_state.resource import Stored
from engine.errors import Refused
from engine.redaction import keep_secret

_READABLE = 0o444
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True, repr=False)
class File:
    """One file for a container. Not printed by accident: `content` may be secret."""

    path: str
    content: bytes
    uid: int
    gid: int
    mode: int


@dataclass(frozen=True, slots=True, repr=False)
class Contents:
    """What a container gets: files, and variables by name. Not printed by accident either."""

    files: tuple[File, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


def contents_of(namespace: str, spec: ContainerSpec, declared: Mapping[Key, Stored]) -> Contents:
    """Return what a container's configs and secrets amount to now.

    Raises:
        Refused: one is not declared, can't be read, or does not hold what is asked of it.
    """
    source = _Source(namespace, declared)
    return Contents(tuple(_files(spec, source)), dict(_variables(spec, source)))


def uses_content(spec: ContainerSpec) -> bool:
    """Return whether a container gets anything from a Config or Secret."""
    return bool(
        spec.configs
        or spec.secrets
        or spec.env_from
        or any(isinstance(value, ValueFrom) for value in spec.environment.values())
    )


def digests(contents: Contents, key: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return a digest per file and per variable: tells whether content, owner or mode changed, and not what it is."""
    files = {
        file.path: _digest(f"{file.uid}:{file.gid}:{file.mode}:".encode() + file.content, key)
        for file in contents.files
    }
    return files, {name: _digest(value.encode(), key) for name, value in contents.variables.items()}


def _digest(content: bytes, key: str) -> str:
    return hmac.new(key.encode(), content, hashlib.sha256).hexdigest()


# files


def _files(spec: ContainerSpec, source: "_Source") -> Iterator[File]:
    for reference in spec.configs or ():
        yield _file("Config", reference, source)
    for reference in spec.secrets or ():
        yield _file("Secret", reference, source)


def _file(kind: ContentKind, reference: FileReference, source: "_Source") -> File:
    mode = _READABLE if reference.mode is None else reference.mode
    content = source.read(kind, reference.source)
    return File(reference.path(kind), content, int(reference.uid or 0), int(reference.gid or 0), mode)


# variables


def _variables(spec: ContainerSpec, source: "_Source") -> Iterator[tuple[str, str]]:
    """Yield the variables to look up; what is declared by name comes before what whole sets bring."""
    for every in spec.env_from or ():
        for name, value in source.variables(*every.source).items():
            if f"{every.prefix}{name}" not in spec.environment:
                yield f"{every.prefix}{name}", value
    for name, declared in spec.environment.items():
        if isinstance(declared, ValueFrom):
            yield name, _value(declared, source)


def _value(declared: ValueFrom, source: "_Source") -> str:
    kind, name = declared.source
    if declared.key is None:
        return source.text(kind, name)
    found = source.variables(kind, name)
    if declared.key not in found:
        raise Refused(f'{_what(kind, name)} has no line "{declared.key}=..."')
    return found[declared.key]


class _Source:
    """Reads the Configs and Secrets of one namespace."""

    def __init__(self, namespace: str, declared: Mapping[Key, Stored]) -> None:
        self._namespace = namespace
        self._declared = declared

    def read(self, kind: ContentKind, name: str) -> bytes:
        """Return the whole content; a secret is never told from now on."""
        stored = self._declared.get(Key(kind, self._namespace, name))
        if stored is None:
            raise Refused(f"{_what(kind, name)} is not declared")
        content = _content(_what(kind, name), stored.resource.spec)
        if kind == "Secret":
            keep_secret(content.decode(errors="replace"))
        return content

    def text(self, kind: ContentKind, name: str) -> str:
        """Return the content as the value of a variable: text, without the line end that editors put last."""
        try:
            text = self.read(kind, name).decode()
        except UnicodeDecodeError:
            raise Refused(f"{_what(kind, name)} is not text and can't be a variable; mount it as a file") from None
        if "\0" in text:
            raise Refused(f"{_what(kind, name)} holds a NUL byte and can't be a variable; mount it as a file")
        return text.removesuffix("\n").removesuffix("\r")

    def variables(self, kind: ContentKind, name: str) -> Mapping[str, str]:
        """Return the variables in content that holds `NAME=value` lines. Nothing around it is looked up."""
        try:
            found = env_files.parsed(self.text(kind, name), {})
        except Unreadable as error:
            # The reason may quote the line, and the line may be the secret.
            raise Refused(f"{_what(kind, name)}: line {error.line} is not NAME=value") from None
        if kind == "Secret":
            for variable in found.values():
                keep_secret(variable.value)
        return {variable: one.value for variable, one in found.items()}


def _what(kind: ContentKind, name: str) -> str:
    return f'{kind.lower()} "{name}"'


def _content(what: str, spec: object) -> bytes:
    if isinstance(spec, ConfigSpec):
        if spec.content is not None:
            return spec.content.encode()
        return _from_environment(what, spec.environment) if spec.environment else _from_file(what, spec.file or "")
    if isinstance(spec, SecretSpec):
        return _from_environment(what, spec.env) if spec.env else _from_file(what, spec.file or "")
    raise Refused(f"{what} holds no content")


def _from_environment(what: str, name: str) -> bytes:
    value = os.environ.get(name)
    if value is None:
        raise Refused(f"{what}: the variable {name} is not set where the controller runs")
    return value.encode()


def _from_file(what: str, path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise Refused(f"{what}: cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    if len(content) > _LARGEST:
        raise Refused(f"{what}: {path} is larger than {_LARGEST >> 20} MiB")
    return content
