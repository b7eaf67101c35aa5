"""What every engine promises about containers that can't start, and about ports."""

import socket

import pytest

from desired_state.container_parts import Port
from engine.errors import Refused, StartFailed
from tests.engine_contract.bench import BROKEN, MISSING_PATH, RICH, Made


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_missing_command_is_named_and_leaves_the_container_created(made: Made) -> None:
    container_id = await made.created("web", BROKEN)

    with pytest.raises(StartFailed, match="no-such-command") as failed:
        await made.engine.start_container(container_id)

    container = await made.engine.inspect_container(container_id)
    assert failed.value.reason == "CommandNotFound"
    assert (container.state, container.exit_code, container.running) == ("created", 127, False)
    assert "executable file not found" in container.error


async def test_a_port_in_use_is_named_and_leaves_the_container_created(made: Made) -> None:
    port = free_port()
    await made.running("first", ports=[f"{port}:80"])
    second = await made.created("second", ports=[f"{port}:80"])

    with pytest.raises(StartFailed) as failed:
        await made.engine.start_container(second)

    container = await made.engine.inspect_container(second)
    assert (failed.value.reason, failed.value.port) == ("PortInUse", port)
    assert (container.state, container.running) == ("created", False)
    assert str(port) in container.error


async def test_a_start_that_failed_can_succeed_later_and_forgets_the_error(made: Made) -> None:
    port = free_port()
    first = await made.running("first", ports=[f"{port}:80"])
    second = await made.created("second", ports=[f"{port}:80"])
    with pytest.raises(StartFailed):
        await made.engine.start_container(second)
    await made.engine.stop_container(first, grace_s=10)

    await made.engine.start_container(second)

    container = await made.engine.inspect_container(second)
    assert (container.state, container.error) == ("running", "")


async def test_a_bind_of_a_missing_path_is_refused(made: Made) -> None:
    mount = {"type": "bind", "source": MISSING_PATH, "target": "/data", "bind": {"create_host_path": False}}

    with pytest.raises(Refused, match=MISSING_PATH):
        await made.running("web", volumes=[mount])


async def test_a_declared_port_answers_on_the_host(made: Made) -> None:
    port = free_port()

    container = await made.engine.inspect_container(await made.running("web", ports=[f"127.0.0.1:{port}:80"]))

    assert [(at.container_port, at.protocol, at.host_ip, at.host_port) for at in container.ports] == [
        (80, "tcp", "127.0.0.1", port)
    ]


async def test_a_port_without_a_host_port_gets_one(made: Made) -> None:
    container = await made.engine.inspect_container(await made.running("web", ports=["80"]))

    assert {at.container_port for at in container.ports} == {80}
    assert all(at.host_port > 0 for at in container.ports)


async def test_a_range_of_host_ports_gives_two_containers_one_each(made: Made) -> None:
    first_port = free_port()
    published = Port(target=80, published=f"{first_port}-{first_port + 9}", host_ip="127.0.0.1").declared()

    first = await made.engine.inspect_container(await made.running("first", ports=[published]))
    second = await made.engine.inspect_container(await made.running("second", ports=[published]))

    assert first.ports[0].host_port != second.ports[0].host_port


async def test_an_exposed_port_is_not_published(made: Made) -> None:
    container = await made.engine.inspect_container(await made.running("web", RICH, expose=["9000"]))

    assert container.ports == ()
    assert {"8080/tcp", "9000/tcp"} <= set(container.frozen["Config"]["ExposedPorts"])


async def test_a_stopped_container_publishes_nothing(made: Made) -> None:
    container_id = await made.running("web", ports=["80"])

    await made.engine.stop_container(container_id, grace_s=10)

    assert (await made.engine.inspect_container(container_id)).ports == ()
