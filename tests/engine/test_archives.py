"""Archives that come out of containers may be hostile."""

import io
import tarfile

from engine.archives import unpacked
from engine.protocol import Archive

LIMIT = 1 << 20


def read(*members: tuple[tarfile.TarInfo, bytes], limit: int = LIMIT) -> Archive:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for entry, data in members:
            archive.addfile(entry, io.BytesIO(data))
    return unpacked(io.BytesIO(buffer.getvalue()).read, limit)


def file(name: str, data: bytes) -> tuple[tarfile.TarInfo, bytes]:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    return entry, data


def special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry, b""


def test_links_are_told_and_not_followed() -> None:
    archive = read(special("a", tarfile.SYMTYPE, "/etc/shadow"), file("b", b"text"), special("c", tarfile.LNKTYPE, "b"))

    assert archive == Archive({"b": b"text"}, {"a": "/etc/shadow", "c": "b"})


def test_devices_and_pipes_are_nothing() -> None:
    assert read(special("null", tarfile.CHRTYPE), special("pipe", tarfile.FIFOTYPE)) == Archive()


def test_files_before_the_limit_are_kept() -> None:
    archive = read(file("small", b"1"), file("large", b"x" * 90_000), file("behind", b"2"), limit=20_480)

    assert archive == Archive({"small": b"1"}, complete=False)


def test_an_archive_as_large_as_its_limit_is_complete() -> None:
    whole = read(file("small", b"1"), limit=10_240)

    assert whole == Archive({"small": b"1"})


def test_garbage_is_an_incomplete_archive() -> None:
    assert unpacked(io.BytesIO(b"\xff" * 2048).read, LIMIT) == Archive(complete=False)
