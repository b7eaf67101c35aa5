"""What only a real daemon can show: builds, terminals, the inside of a container, deeds that fail half-way."""

import io
import json
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from desired_state.build import Build
from desired_state.network import NetworkSpec
from engine.errors import BuildFailed, NotFound, Refused
from engine.protocol import Command, Ran
from tests.busybox import Imported
from tests.engine_contract.bench import PATIENCE_S, SLEEPER, Made
from tests.engine_contract.conftest import HOST
from tests.engine_contract.docker_bench import DockerBench

pytestmark = [pytest.mark.docker, pytest.mark.skipif(not HOST, reason="ERGON_TEST_DOCKER_HOST names no daemon")]


@pytest.fixture
async def real(program_images: Imported) -> AsyncIterator[Made]:
    bench = DockerBench.fresh(HOST, program_images)
    yield Made(bench)
    await bench.clear()


JOINS_SEVERAL_AT_ONCE = (1, 44)


def context(folder: Path, *steps: str) -> Build:
    (folder / "Dockerfile").write_text("\n".join((f"FROM ergon-contract/{SLEEPER}:latest", *steps)))
    return Build(context=str(folder), labels={"tier": "front"})


async def said(made: Made, container_id: str) -> list[tuple[str, str]]:
    with anyio.fail_after(PATIENCE_S):
        return [(line.stream, line.text) async for line in made.engine.logs(container_id, follow=True)]


async def test_an_image_is_built_with_its_labels(real: Made, tmp_path: Path) -> None:
    real.bench.image(SLEEPER)
    tag = f"{real.bench.prefix}:1"

    image = await real.engine.build_image(tag, context(tmp_path, "ENV A=1"), {"ergon.dev/kind": "Image"})

    assert image.references == (tag,)
    assert image.labels == {"tier": "front", "ergon.dev/kind": "Image"}
    assert "A=1" in image.config["Env"]
    await real.engine.remove_image(tag)


async def test_a_build_that_fails_names_its_step(real: Made, tmp_path: Path) -> None:
    real.bench.image(SLEEPER)

    with pytest.raises(BuildFailed, match=r"Step 2/\d : RUN echo no.*code: 7") as failed:
        await real.engine.build_image(f"{real.bench.prefix}:1", context(tmp_path, "RUN echo no >&2; exit 7"), {})

    assert failed.value.said == ("no",)


async def test_a_dockerfile_that_is_none_is_refused_with_its_line(real: Made, tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match=r"line 2: unknown instruction: RUNN"):
        await real.engine.build_image(f"{real.bench.prefix}:1", context(tmp_path, "RUNN x"), {})


async def test_a_build_without_a_dockerfile_is_refused(real: Made, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="Dockerfile"):
        await real.engine.build_image(f"{real.bench.prefix}:1", Build(context=str(tmp_path)), {})


async def test_ignored_files_do_not_reach_a_build(real: Made, tmp_path: Path) -> None:
    real.bench.image(SLEEPER)
    (tmp_path / ".dockerignore").write_text("secret\n")
    (tmp_path / "secret").write_text("x")

    with pytest.raises(Refused, match="secret"):
        await real.engine.build_image(f"{real.bench.prefix}:1", context(tmp_path, "COPY secret /"), {})


async def test_both_streams_of_a_program_are_told_apart(real: Made) -> None:
    container_id = await real.running("web", command=["sh", "-c", "echo out; sleep 0.1; echo err >&2"])

    assert await said(real, container_id) == [("stdout", "out"), ("stderr", "err")]


async def test_a_terminal_has_one_stream(real: Made) -> None:
    container_id = await real.running("web", tty=True, command=["sh", "-c", "echo out; echo err >&2"])

    assert await said(real, container_id) == [("stdout", "out"), ("stdout", "err")]


async def test_a_line_longer_than_dockers_buffer_is_one_line(real: Made) -> None:
    container_id = await real.running(
        "web", command=["sh", "-c", "echo $(cat /bin/busybox | head -c 30000 | od | tr -d ' \\n')"]
    )

    lines = await said(real, container_id)

    assert len(lines) == 1
    assert len(lines[0][1]) > 40_000


async def test_a_file_put_into_a_container_is_there_when_it_starts(real: Made) -> None:
    container_id = await real.created("web", command=["cat", "/greeting"])
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("greeting")
        entry.size = 6
        archive.addfile(entry, io.BytesIO(b"hello\n"))

    await real.engine.put_archive(container_id, "/", buffer.getvalue())

    await real.engine.start_container(container_id)
    assert await said(real, container_id) == [("stdout", "hello")]


async def test_an_archive_needs_a_place_that_exists(real: Made) -> None:
    with pytest.raises(NotFound):
        await real.engine.put_archive(await real.created("web"), "/no/such/folder", b"\0" * 1024)


async def test_a_container_that_cant_join_a_network_is_not_left_behind(real: Made) -> None:
    if (await real.engine.info()).api_version >= JOINS_SEVERAL_AT_ONCE:
        pytest.skip("newer engines take all networks in one create, and notice only at start")
    await real.engine.create_network(real.name("front"), NetworkSpec(), {})
    new = real.new("web", on=("front",))
    cant_join = type(new)(new.name, new.spec, new.image, networks={**new.networks, "host": "host"})

    with pytest.raises(Refused, match="host"):
        await real.engine.create_container(cant_join)

    assert new.name not in {row.name for row in await real.engine.list_containers()}


async def test_a_seccomp_profile_is_read_here_and_not_by_the_daemon(real: Made, tmp_path: Path) -> None:
    profile = tmp_path / "profile.json"
    profile.write_text(json.dumps({"defaultAction": "SCMP_ACT_ALLOW"}))

    container_id = await real.running("web", security_opt=[f"seccomp={profile}"])

    assert (await real.engine.inspect_container(container_id)).running


async def test_a_seccomp_profile_that_cant_be_read_is_named(real: Made) -> None:
    with pytest.raises(Refused, match=r"seccomp profile /no/such\.json"):
        await real.created("web", security_opt=["seccomp=/no/such.json"])


async def test_a_command_runs_as_it_is_declared_and_its_output_is_kept(real: Made) -> None:
    container_id = await real.running("web", SLEEPER)
    script = 'echo "$WHO in $PWD"; echo wrong >&2; exit 3'
    command = Command(("sh", "-c", script), environment={"WHO": "me"}, working_dir="/bin", user="1000")

    ran = await real.engine.run_command(container_id, command)

    assert (ran.exit_code, sorted(ran.output.splitlines())) == (3, ["me in /bin", "wrong"])


async def test_a_command_is_not_waited_for_beyond_its_time(real: Made) -> None:
    container_id = await real.running("web", SLEEPER)
    command = Command(("sh", "-c", "echo begun; sleep 100"), timeout_s=0.5)

    assert await real.engine.run_command(container_id, command) == Ran(None, "begun\n")


async def test_a_command_that_is_not_there_fails(real: Made) -> None:
    container_id = await real.running("web", SLEEPER)

    ran = await real.engine.run_command(container_id, Command(("nosuch",)))

    assert ran.exit_code in (126, 127)
    assert "nosuch" in ran.output


async def test_of_much_output_the_end_is_kept(real: Made) -> None:
    container_id = await real.running("web", SLEEPER)
    command = Command(("sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' 'x'; echo; echo the end"))

    ran = await real.engine.run_command(container_id, command)

    assert (ran.exit_code, len(ran.output), ran.output.endswith("x\nthe end\n")) == (0, 2048, True)
