"""What configs and secrets hold right now, as the files that containers get.

Content is read when a container is made and never kept: what is recorded is a keyed digest, which tells
that content changed and nothing about what it is.
"""

import hashlib
import hmac
import io
import os
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from desired_state.container import ContainerSpec
from desired_state.container_parts import FileReference
from desired_state.files import ConfigSpec, SecretSpec
from desired_state.key import Key
from desired_state.resource import Stored
from engine.errors import Refused

_SECRETS = "/run/secrets"
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


def files_of(namespace: str, spec: ContainerSpec, declared: Mapping[Key, Stored]) -> list[File]:
    """Return the files that a container's configs and secrets are now.

    Raises:
        Refused: one is not declared, or its content can't be read.
    """
    return list(_files(namespace, spec, declared))


def _files(namespace: str, spec: ContainerSpec, declared: Mapping[Key, Stored]) -> Iterator[File]:
    for kind, references in (("Config", spec.configs or ()), ("Secret", spec.secrets or ())):
        for reference in references:
            stored = declared.get(Key(kind, namespace, reference.source))
            if stored is None:
                raise Refused(f'{kind.lower()} "{reference.source}" is not declared')
            what = f'{kind.lower()} "{reference.source}"'
            yield _file(reference, _target(kind, reference), _content(what, stored.resource.spec))


def _target(kind: str, reference: FileReference) -> str:
    target = reference.target or reference.source
    if target.startswith("/"):
        return target
    return f"{_SECRETS}/{target}" if kind == "Secret" else f"/{target}"


def _file(reference: FileReference, path: str, content: bytes) -> File:
    mode = _READABLE if reference.mode is None else reference.mode
    return File(path, content, int(reference.uid or 0), int(reference.gid or 0), mode)


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


def digests(files: list[File], store_id: str) -> dict[str, str]:
    """Return a digest per path that tells whether content, owner or mode changed, and can't be guessed from outside."""
    return {file.path: _digest(file, store_id) for file in files}


def _digest(file: File, store_id: str) -> str:
    words = f"{file.uid}:{file.gid}:{file.mode}:".encode() + file.content
    return hmac.new(store_id.encode(), words, hashlib.sha256).hexdigest()


def archive(files: list[File]) -> bytes:
    """Return a tar archive to unpack at the root of a container."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for file in files:
            entry = tarfile.TarInfo(file.path.lstrip("/"))
            entry.size, entry.mode, entry.uid, entry.gid = len(file.content), file.mode, file.uid, file.gid
            tar.addfile(entry, io.BytesIO(file.content))
    return buffer.getvalue()
