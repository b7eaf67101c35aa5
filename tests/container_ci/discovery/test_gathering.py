"""What is read, from where, and what happens where it can't be."""

from dataclasses import replace
from pathlib import Path

from container_ci.discovery.capability import Services
from container_ci.discovery.gathering import gather
from container_ci.discovery.judging import discover
from container_ci.discovery.procfs import HostProc, holds, see
from container_ci.discovery.schedule import next_look_s
from container_ci.discovery.sockets import listeners
from controller.clock import VirtualClock
from engine.errors import ServerError
from engine.simulated import Behaviour, SimulatedEngine
from observed_state.container import Container
from tests.container_ci.desks import NOON, WEB, desk_of
from tests.container_ci.discovery.recorded_proc import RecordedProc

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
TCP = HEAD + "".join(
    f"   {at}: {local} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000     0        0 {inode} 1 0\n"
    for at, (local, state, inode) in enumerate(
        [
            ("00000000:18EB", "0A", 991),
            ("0100007F:1F90", "0A", 992),
            ("0100007F:A1B2", "01", 993),
            ("0B00007F:9C41", "0A", 994),
        ]
    )
)
TCP6 = HEAD + (
    "   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 995 1 0\n"
)
REDIS = {
    "files": {
        "4711/cgroup": f"0::/docker/{WEB.id}\n",
        "4711/status": "Name:\tredis-server\nState:\tS (sleeping)\nPPid:\t9\n",
        "4711/comm": "redis-server\n",
        "4711/cmdline": "redis-server *:6379\0",
        "4711/net/tcp": TCP,
    },
    "links": {"4711/exe": "/usr/bin/redis-check-rdb", "4711/fd/6": "socket:[991]", "4711/ns/net": "net:[402]"},
}


def engine_with(*processes: tuple[int | None, str, str], **behaviour: object) -> tuple[SimulatedEngine, str]:
    """Return an engine on which a container with these processes runs."""
    engine = SimulatedEngine(VirtualClock(NOON))
    engine.add_image("app:1", Behaviour(processes=processes, **behaviour), config={"WorkingDir": "/srv"})  # type: ignore[arg-type]  # fields by name
    return engine, engine.docker.run("web", "app:1")


def test_sockets_that_wait_are_read_from_the_kernels_tables() -> None:
    found = [(one.address, one.port, one.inode) for one in (*listeners(TCP, "tcp"), *listeners(TCP6, "tcp"))]

    assert found == [("0.0.0.0", 6379, 991), ("127.0.0.1", 8080, 992), ("::1", 80, 995)]


def test_garbage_in_a_table_is_left_out() -> None:
    assert listeners(HEAD + "   0: xyz:0050 0:0 0A 0 0 0 0 0 0 x\n   1: 0:0\n", "tcp") == []


def test_a_socket_belongs_to_the_process_that_holds_it() -> None:
    seen = see(RecordedProc(REDIS, {}), [4711], own_network=True)

    assert [(one.port, one.inode) for one in seen.listeners] == [(6379, 991)]
    assert (seen.sockets, seen.tasks[0].sockets) == ("owned", frozenset({991}))


def test_a_pid_of_another_machine_is_not_the_containers() -> None:
    assert holds(RecordedProc(REDIS, {}), 4711, WEB.id)
    assert not holds(RecordedProc(REDIS, {}), 4711, "e" * 64)


class Closed(RecordedProc):
    """A /proc whose processes belong to somebody else."""

    def descriptors(self, pid: int) -> list[str] | None:
        del pid
        return None


def test_without_rights_the_sockets_of_an_own_network_are_seen_and_those_of_a_shared_one_are_not() -> None:
    own = see(Closed(REDIS, {}), [4711], own_network=True)
    shared = see(Closed(REDIS, {}), [4711], own_network=False)

    assert (own.sockets, [one.port for one in own.listeners]) == ("seen", [6379, 8080])
    assert (shared.sockets, shared.listeners) == ("unknown", ())


def test_a_process_that_ended_meanwhile_is_left_out(tmp_path: Path) -> None:
    assert see(HostProc(tmp_path), [1, 2], own_network=True).tasks == ()


def test_the_processes_of_a_control_group_are_its_members(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7/cgroup").write_text("5:cpu,cpuacct:/docker/x\n1:name=systemd:/docker/x\n0::/\n")
    (tmp_path / "groups/cpu,cpuacct/docker/x").mkdir(parents=True)
    (tmp_path / "groups/cpu,cpuacct/docker/x/cgroup.procs").write_text("7\n9\n")

    assert HostProc(tmp_path, tmp_path / "groups").members(7) == [7, 9]


async def test_a_container_of_another_machine_is_known_by_the_daemons_list_of_processes() -> None:
    engine, container_id = engine_with(
        (None, "tini", "tini -- redis-server"), (0, "redis-server", "redis-server *:6380")
    )
    container = await engine.inspect_container(container_id)

    facts = await gather(container, None, engine, RecordedProc(None, {}))

    (service,) = discover(facts, NOON).services
    assert (service.type, service.port, service.port_source, facts.source) == ("redis", 6380, "args", "top")


async def test_only_the_files_that_tell_are_read() -> None:
    engine, container_id = engine_with(
        (None, "gunicorn", "/usr/bin/python3 /usr/bin/gunicorn web:app"),
        files={"/srv/web.py": "from flask import Flask\n"},
    )
    container = await engine.inspect_container(container_id)

    facts = await gather(container, None, engine, RecordedProc(None, {}))

    assert set(facts.files) == {"/srv/web.py"}
    assert [one.type for one in discover(facts, NOON).services] == ["flask"]


async def test_a_container_whose_processes_cant_be_listed_is_known_by_what_it_was_to_run() -> None:
    engine, container_id = engine_with()
    container = await engine.inspect_container(container_id)
    frozen = {"Config": {"Entrypoint": ["docker-entrypoint.sh"], "Cmd": ["redis-server"]}}
    engine.faults.fail("top", lambda: ServerError("cannot list processes: its host has no ps"))

    facts = await gather(replace(container, frozen=frozen), None, engine, RecordedProc(None, {}))

    assert (facts.source, [one.type for one in discover(facts, NOON).services]) == ("inspect", ["redis"])


def test_looks_are_close_together_at_first_and_rare_later() -> None:
    waits = [
        next_look_s(NOON, now) for now in (NOON, NOON.replace(second=1), NOON.replace(second=30), NOON.replace(hour=13))
    ]

    assert waits == [1, 2, 60, 60]


class Looked(RecordedProc):
    """A /proc that counts how often processes are looked at."""

    looks = 0

    def descriptors(self, pid: int) -> list[str] | None:
        self.looks += 1
        return super().descriptors(pid)


async def test_a_container_that_stands_is_not_looked_into_again() -> None:
    clock = VirtualClock(NOON.replace(minute=5))
    proc = Looked(REDIS, {})
    services = Services(desk_of(replace(WEB, networks={}), clock=clock), proc)

    first = await services.answer("services", ())
    again = await services.answer("services", ())

    assert first == again
    assert [(one["type"], one["port"]) for one in first.data["services"]] == [("redis", 6379)]
    assert proc.looks == 1


async def test_what_ran_in_a_container_that_has_ended_is_forgotten() -> None:
    desk = desk_of(WEB, clock=VirtualClock(NOON.replace(minute=5)))
    services = Services(desk, RecordedProc(REDIS, {}))
    assert await services.tend() == 60
    assert [one.type for one in desk.services] == ["redis"]

    desk.subject = replace(desk.subject, container=ended(WEB))
    assert await services.tend() is None

    assert desk.services == ()


def ended(container: Container) -> Container:
    return replace(container, state="exited", pid=0)
