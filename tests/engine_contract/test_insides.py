"""What every engine tells of a container's insides without running anything there: its processes and its files."""

import io
import tarfile

import pytest

from engine.errors import Conflict, NotFound
from tests.engine_contract.bench import SLEEPER, STUBBORN, Made

NOBODY = "f" * 64


def packed(**files: bytes) -> bytes:
    """Return a tar archive of these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


async def test_processes_are_listed_with_the_main_one_by_its_pid(made: Made) -> None:
    container_id = await made.running("web", STUBBORN, command=["sleep", "1000"])

    (process,) = await made.engine.top(container_id)

    container = await made.engine.inspect_container(container_id)
    assert (process.pid, process.comm, process.args) == (container.pid, "sleep", "sleep 1000")


async def test_a_container_that_does_not_run_has_no_processes(made: Made) -> None:
    container_id = await made.created("web")

    with pytest.raises(Conflict):
        await made.engine.top(container_id)


async def test_a_file_is_read_out_of_a_container_that_never_ran(made: Made) -> None:
    container_id = await made.created("web", SLEEPER)
    await made.engine.put_archive(container_id, "/bin", packed(greeting=b"hello\n"))

    archive = await made.engine.get_archive(container_id, "/bin/greeting")

    assert (archive.files, archive.complete) == ({"greeting": b"hello\n"}, True)


async def test_no_more_is_read_than_may_be(made: Made) -> None:
    container_id = await made.created("web", SLEEPER)
    await made.engine.put_archive(container_id, "/bin", packed(large=b"x" * 100_000))

    archive = await made.engine.get_archive(container_id, "/bin/large", limit=50_000)

    assert (archive.files, archive.complete) == ({}, False)


async def test_what_is_not_there_is_said_so(made: Made) -> None:
    container_id = await made.created("web")

    for question in (
        made.engine.get_archive(container_id, "/no/such/file"),
        made.engine.get_archive(NOBODY, "/etc"),
        made.engine.top(NOBODY),
    ):
        with pytest.raises(NotFound):
            await question
