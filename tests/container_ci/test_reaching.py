"""Published ports tried for real, on the loopback, against what stands behind them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream

from container_ci.reaching import listeners, published, reach
from observed_state.container import Container, PublishedPort
from observed_state.reach import Reach

WEB = "f" * 64
HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A /proc with one process, which is the container's."""
    (tmp_path / "7" / "net").mkdir(parents=True)
    (tmp_path / "7" / "cgroup").write_text(f"0::/system.slice/docker-{WEB}.scope\n")
    return tmp_path


def listening(proc: Path, *rows: str) -> None:
    text = "".join(f"   {at}: {row} 00000000:0000 0A 00000000:00000000\n" for at, row in enumerate(rows))
    (proc / "7" / "net" / "tcp").write_text(HEADER + text)


def web(host_port: int, container_port: int = 80, host_ip: str = "127.0.0.1") -> Container:
    port = PublishedPort(container_port, "tcp", host_ip, host_port)
    return Container(WEB, "shop-web-1", "", "", "running", pid=7, ports=(port,))


@asynccontextmanager
async def behind(*, hangs_up: bool = False) -> AsyncIterator[int]:
    """Serve a port that says nothing; or that hangs up, as Docker's proxy does when nobody listens behind it."""

    async def handle(stream: SocketStream) -> None:
        async with stream:
            if not hangs_up:
                await anyio.sleep_forever()

    tcp = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    async with tcp, anyio.create_task_group() as tasks:
        tasks.start_soon(tcp.serve, handle)
        yield tcp.extra(SocketAttribute.local_port)
        tasks.cancel_scope.cancel()


async def test_a_port_that_somebody_answers_is_reached(proc: Path) -> None:
    async with behind() as port:
        assert await reach(web(port), proc) == Reach(WEB, None)


async def test_a_port_behind_which_only_the_loopback_is_listened_on_is_told_from_others(proc: Path) -> None:
    listening(proc, "0100007F:0050", "0B00007F:9D5B")
    async with behind(hangs_up=True) as port:
        found = await reach(web(port), proc)

    assert found is not None
    assert found.reason == "listen-loopback-only"
    assert found.message == (
        f"shop-web-1: 127.0.0.1:{port}->80/tcp does not answer: it listens on 127.0.0.1 only; let it listen on 0.0.0.0"
    )


async def test_a_port_that_nobody_listens_on_is_told_with_those_that_are(proc: Path) -> None:
    listening(proc, "00000000:1F90", "0B00007F:9D5B")
    async with behind(hangs_up=True) as port:
        found = await reach(web(port), proc)

    assert found is not None
    assert (found.reason, found.message.endswith("nothing listens on port 80 inside; it listens on 8080")) == (
        "published-port-not-listened",
        True,
    )


async def test_a_port_that_does_not_arrive_is_no_fault_of_the_server(proc: Path) -> None:
    listening(proc, "00000000:0050")
    async with behind() as port:
        pass
    found = await reach(web(port), proc)

    assert found is not None
    assert found.reason == "port-not-forwarded"


async def test_of_a_container_on_another_machine_nothing_is_said(proc: Path) -> None:
    (proc / "7" / "cgroup").write_text("0::/init.scope\n")

    assert await reach(web(1), proc) is None


def test_one_port_on_all_addresses_is_tried_once() -> None:
    both = (PublishedPort(80, "tcp", "::", 8080), PublishedPort(80, "tcp", "0.0.0.0", 8080))

    container = Container(WEB, "web", "", "", "running", ports=(*both, PublishedPort(53, "udp", "", 53)))

    assert published(container) == [both[1]]


def test_addresses_of_both_kinds_are_read() -> None:
    six = (
        HEADER
        + "   0: 00000000000000000000000001000000:1F90 0:0 0A\n   1: 0000000000000000FFFF00000100007F:0050 0:0 01\n"
    )

    assert list(listeners(six)) == [("::1", 8080)]
