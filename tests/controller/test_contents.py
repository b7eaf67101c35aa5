"""What configs and secrets hold reaches containers, follows when it changes, and is never told or stored."""

import io
import tarfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from engine.errors import StartFailed
from tests.controller.running import Host, Running, container, document

NAME = "shop-web-1"
CANARY = "canary-7f3a91-never-tell"


def config(name: str = "app", **spec: Any) -> dict[str, Any]:
    return document("Config", name, spec)


def secret(name: str = "db", **spec: Any) -> dict[str, Any]:
    return document("Secret", name, spec)


def files_in(host: Host, name: str = NAME) -> dict[str, str]:
    """Return what was unpacked in a container, by path, the newest of each."""
    found = {}
    for folder, archive in host.engine.daemon.containers.find(name).archives:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            for member in tar.getmembers():
                file = tar.extractfile(member)
                assert file is not None
                found[str(Path(folder) / member.name)] = file.read().decode()
    return found


def variables_in(host: Host, name: str = NAME) -> list[str]:
    return sorted(host.inspect(name)["Config"]["Env"])


class Source:
    """A file that a Config or Secret takes its content from."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.path = str(file)
        self.write("first")

    def write(self, text: str) -> None:
        self._file.write_text(text)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(tmp_path / "source")


# reaching the container


async def test_a_secret_is_a_variable_whole_or_by_its_key(running: Running, source: Source) -> None:
    source.write("USER=shop\nPASSWORD='of the shop'\n")
    by_key = {"secret": "db", "key": "PASSWORD"}
    await running.apply(
        secret(file=source.path),
        config(content="debug\n"),
        container(environment={"PASSWORD": by_key, "LEVEL": {"config": "app"}, "PLAIN": "1"}),
    )
    await running.until_ready()

    assert variables_in(running.host) == ["LEVEL=debug", "PASSWORD=of the shop", "PLAIN=1"]


async def test_all_variables_of_a_config_come_with_a_prefix_and_yield_to_declared_ones(running: Running) -> None:
    every = [{"config": "app", "prefix": "APP_"}]
    await running.apply(config(content="A=1\nB=2\n"), container(env_from=every, environment={"APP_A": "declared"}))
    await running.until_ready()

    assert variables_in(running.host) == ["APP_A=declared", "APP_B=2"]


async def test_a_key_that_is_not_there_holds_the_container_and_names_it(running: Running) -> None:
    await running.apply(config(content="A=1"), container(environment={"X": {"config": "app", "key": "B"}}))
    await running.pass_time(1)

    assert running.phase("web") == "Held"
    assert (await running.row("web"))["message"] == 'config "app" has no line "B=..."'


async def test_a_read_only_container_gets_its_files_into_a_volume_of_their_own(running: Running) -> None:
    reference = {"source": "app", "target": "/etc/app/app.conf"}
    await running.apply(config(content="x"), container(read_only=True, configs=[reference]))
    await running.until_ready()

    assert files_in(running.host) == {"/etc/app/app.conf": "x"}
    assert running.host.inspect(NAME)["HostConfig"]["Mounts"] == [{"Type": "volume", "Target": "/etc/app"}]


# following


async def test_a_file_that_changes_takes_a_new_container(running: Running, source: Source) -> None:
    await running.apply(config(file=source.path), container(configs=["app"]))
    await running.until_ready()
    before = running.host.id_of(NAME)

    source.write("second")
    await running.until(lambda: running.host.id_of(NAME) not in ("", before))
    await running.until_ready()

    assert files_in(running.host) == {"/app": "second"}


async def test_a_file_that_is_still_written_is_left_until_it_rests(running: Running, source: Source) -> None:
    await running.apply(config(file=source.path), container(configs=["app"]))
    await running.until_ready()
    before = running.host.id_of(NAME)

    for number in range(5):
        source.write("half" * number)
        await running.pass_time(1)

    assert running.host.id_of(NAME) == before


@pytest.mark.parametrize(
    ("way", "starts", "signals"), [("restart", 2, []), ({"signal": "HUP"}, 1, ["SIGHUP"]), ("none", 1, [])]
)
async def test_a_file_is_replaced_where_it_is_when_that_is_declared(
    running: Running, source: Source, way: Any, starts: int, signals: list[str]
) -> None:
    reference = {"source": "app", "target": "/app.conf", "on_change": way}
    await running.apply(config(file=source.path), container(configs=[reference]))
    await running.until_ready()
    before = running.host.id_of(NAME)

    source.write("second")
    await running.until(lambda: files_in(running.host) == {"/app.conf": "second"})
    await running.until_ready()

    assert (running.host.id_of(NAME), len(running.host.starts(NAME))) == (before, starts)
    assert running.calls.count("kill_container") == len(signals)
    assert await running.fields() == []


async def test_the_content_of_a_config_declared_anew_takes_a_new_container(running: Running) -> None:
    await running.apply(config(content="first"), container(environment={"A": {"config": "app"}}))
    await running.until_ready()

    await running.apply(config(content="second"))
    await running.until(lambda: variables_in(running.host) == ["A=second"])


# never told


async def test_a_secret_is_nowhere_to_be_found(running: Running, source: Source) -> None:
    source.write(CANARY)
    web = container(environment={"PASSWORD": {"secret": "db"}}, secrets=["db"])
    # Docker quotes in its errors what it was given.
    quoting = partial(StartFailed, f'invalid environment variable "PASSWORD={CANARY}"', "StartError")
    running.host.engine.faults.fail("start_container", quoting, nth=1)
    await running.apply(secret(file=source.path), web)
    await running.until_ready()
    source.write(f"{CANARY}-rotated")
    await running.pass_time(30)
    await running.until_ready()

    told = [await answer for answer in every_answer(running, web)]
    await running.store.backup(running.clock.now())

    assert CANARY in " ".join(variables_in(running.host))
    assert CANARY not in repr(told)
    assert files_that_hold(CANARY, running.host.state_dir) == []
    assert any("invalid environment variable" in message for _, message in await running.events("web"))


def every_answer(running: Running, web: dict[str, Any]) -> list[Any]:
    service = running.service
    return [
        service.status(),
        service.describe(name="web"),
        service.describe(name="secret/db"),
        service.diff(),
        service.plan(documents=[{**web, "spec": {**web["spec"], "tty": True}}]),
        service.events(),
    ]


def files_that_hold(text: str, folder: Path) -> list[Path]:
    """Return the files of a folder that hold a text: the store, its log, its backups."""
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]
