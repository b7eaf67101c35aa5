"""Failures to order: which calls they strike, and what is done all the same."""

import pytest

from desired_state.volume import VolumeSpec
from engine.errors import EngineUnreachable, ServerError
from engine.faults import Fault, Killed
from tests.engine.simulated_host import SimulatedHost


@pytest.fixture
def host() -> SimulatedHost:
    return SimulatedHost()


async def test_a_call_that_fails_before_has_done_nothing(host: SimulatedHost) -> None:
    host.sim.faults.fail("create_container", lambda: ServerError("cannot create: broken"))

    with pytest.raises(ServerError):
        await host.created("web")
    assert await host.sim.list_containers() == []


async def test_a_call_whose_reply_is_lost_has_done_its_deed(host: SimulatedHost) -> None:
    host.sim.faults.lose_reply("create_container")

    with pytest.raises(EngineUnreachable):
        await host.created("web")
    assert [container.name for container in await host.sim.list_containers()] == ["web"]


async def test_only_the_nth_call_is_struck(host: SimulatedHost) -> None:
    fault = host.sim.faults.fail("list_volumes", nth=2)

    await host.sim.list_volumes()
    with pytest.raises(EngineUnreachable):
        await host.sim.list_volumes()
    await host.sim.list_volumes()
    assert (fault.seen, fault.struck) == (3, 1)


def test_every_so_many_calls_are_struck() -> None:
    fault = Fault("ping", every=3)

    assert [fault.strikes("ping", writes=False) for _ in range(6)] == [False, False, True] * 2


def test_a_rule_about_writes_counts_no_reads() -> None:
    fault = Fault("writes", nth=1)

    assert [fault.strikes("inspect_image", writes=False), fault.strikes("connect", writes=True)] == [False, True]


async def test_a_delayed_call_takes_longer_and_succeeds(host: SimulatedHost) -> None:
    host.sim.faults.delay(2, "list_networks")

    async with host.clock.autojump():
        networks = await host.sim.list_networks()

    assert ([network.name for network in networks], host.clock.monotonic()) == (["bridge", "host", "none"], 2.0)


async def test_death_is_no_error_that_anything_catches(host: SimulatedHost) -> None:
    host.sim.faults.kill(nth=1, after=True)

    with pytest.raises(Killed):
        await host.sim.create_volume("data", VolumeSpec(), {})
    assert not issubclass(Killed, Exception)
    assert [volume.name for volume in await host.sim.list_volumes()] == ["data"]


async def test_every_call_is_on_record_and_writes_can_be_told_apart(host: SimulatedHost) -> None:
    await host.running("web")
    await host.sim.list_containers()

    assert [call.method for call in host.sim.calls.writes] == ["create_container", "start_container"]
    assert host.sim.calls.count("list_containers") == 1


async def test_what_is_done_by_hand_is_not_on_record(host: SimulatedHost) -> None:
    host.sim.docker.volume_create("data")

    assert host.sim.calls.all == []
