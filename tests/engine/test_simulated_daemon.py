"""The daemon as a whole: gone, frozen, restarted; its event stream; what its versions do differently."""

import anyio
import pytest

from desired_state.network import NetworkSpec
from engine.errors import Conflict, EngineUnreachable, Refused, ServerError
from engine.simulated import Behaviour
from engine.simulated.answers import Refusal
from engine.simulated.events import RING_SIZE
from observed_state.engine import EngineEvent
from tests.engine.simulated_host import NEW, OLD, SimulatedHost


@pytest.fixture
def host() -> SimulatedHost:
    return SimulatedHost()


async def test_a_stopped_daemon_can_not_be_reached(host: SimulatedHost) -> None:
    host.sim.daemon.stop()

    with pytest.raises(EngineUnreachable, match="cannot list containers: the simulated Docker daemon is not running"):
        await host.sim.list_containers()


async def test_a_frozen_daemon_costs_each_call_its_deadline(host: SimulatedHost) -> None:
    host.sim.daemon.freeze()

    async with host.clock.autojump():
        with pytest.raises(EngineUnreachable, match="did not answer in time"):
            await host.sim.ping()
    assert host.clock.monotonic() == 3.0


async def test_a_thawed_daemon_answers_the_calls_that_still_wait(host: SimulatedHost) -> None:
    host.sim.daemon.freeze()
    answers: list[object] = []

    async def ask() -> None:
        answers.append(await host.sim.list_containers())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await host.clock.advance(5)
        host.sim.daemon.thaw()

    assert answers == [[]]


async def test_while_frozen_the_daemon_notices_nothing(host: SimulatedHost) -> None:
    await host.running("web", Behaviour(exit_code=1, exit_after_s=5))
    host.sim.daemon.freeze()
    await host.clock.advance(10)
    host.sim.daemon.thaw()

    web = await host.look("web")
    assert (web.state, web.finished_at) == ("exited", host.clock.now())


async def test_containers_end_with_the_daemon_and_say_so_afterwards(host: SimulatedHost) -> None:
    await host.running("web")
    host.sim.daemon.stop()
    outage = host.clock.now()
    await host.clock.advance(60)
    host.sim.daemon.start()

    web = await host.look("web")
    assert (web.state, web.exit_code, web.oom_killed, web.finished_at) == ("exited", 137, False, outage)


@pytest.mark.parametrize(("policy", "after"), [("always", "running"), ("unless-stopped", "exited")])
async def test_a_container_stopped_by_hand_comes_back_with_the_daemon_only_under_always(
    host: SimulatedHost, policy: str, after: str
) -> None:
    await host.running("web", policy=policy)
    host.sim.docker.stop("web")
    host.sim.daemon.stop()
    host.sim.daemon.start()

    assert await host.state("web") == after


async def test_a_container_whose_start_failed_stays_as_it_is_over_a_daemon_restart(host: SimulatedHost) -> None:
    container_id = await host.created("web", Behaviour(start_failure="no such runtime"), "always")
    with pytest.raises(Refused):
        await host.sim.start_container(container_id)
    host.sim.daemon.stop()
    host.sim.daemon.start()

    web = await host.look("web")
    assert (web.state, web.error) == ("created", "no such runtime")


# the event stream


async def test_events_end_with_an_error_when_the_daemon_goes(host: SimulatedHost) -> None:
    seen: list[str] = []

    async def follow() -> None:
        async for event in host.sim.events():
            seen.append(event.action)  # noqa: PERF401  # what came before the error counts

    async def follow_to_the_end() -> None:
        with pytest.raises(EngineUnreachable):
            await follow()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(follow_to_the_end)
        await host.clock.advance(0)
        host.sim.daemon.stop()

    assert seen == ["subscribed"]


async def kept(host: SimulatedHost, since_ns: int) -> list[EngineEvent]:
    events = host.sim.events(since_ns)
    seen: list[EngineEvent] = []
    async with anyio.create_task_group() as tasks:

        async def collect() -> None:
            async for event in events:
                seen.append(event)  # noqa: PERF401  # the stream never ends

        tasks.start_soon(collect)
        await host.clock.advance(0)
        tasks.cancel_scope.cancel()
    return seen[1:]


async def test_the_daemon_remembers_256_events_of_all_kinds(host: SimulatedHost) -> None:
    for number in range(300):
        host.sim.docker.volume_create(f"v{number}")

    remembered = await kept(host, since_ns=0)
    assert (len(remembered), remembered[0].actor) == (RING_SIZE, "v44")


async def test_a_restarted_daemon_remembers_nothing(host: SimulatedHost) -> None:
    host.sim.docker.volume_create("v")
    host.sim.daemon.stop()
    host.sim.daemon.start()

    assert await kept(host, since_ns=0) == []


async def test_asking_since_the_last_event_repeats_it_and_nothing_older(host: SimulatedHost) -> None:
    for name in ("a", "b", "c"):
        host.sim.docker.volume_create(name)
    second = (await kept(host, since_ns=0))[1]

    assert [event.actor for event in await kept(host, second.time_ns)] == ["b", "c"]


# versions


def network_twice(host: SimulatedHost) -> list[str]:
    return [host.sim.docker.network_create("front") for _ in range(2)]


async def test_an_old_engine_makes_two_networks_of_one_name_for_who_does_not_ask() -> None:
    host = SimulatedHost(OLD)
    first, second = network_twice(host)

    assert first != second
    with pytest.raises(Refused, match="ambiguous"):
        await host.sim.inspect_network("front")


async def test_a_new_engine_refuses_the_second_network_of_a_name() -> None:
    with pytest.raises(Refusal, match="already exists"):
        network_twice(SimulatedHost(NEW))


async def test_an_old_engine_refuses_two_networks_in_one_create() -> None:
    host = SimulatedHost(OLD)
    image = host.sim.add_image("web:1")
    host.sim.docker.network_create("a")
    host.sim.docker.network_create("b")
    joins: dict[str, dict[str, object]] = {"EndpointsConfig": {"a": {}, "b": {}}}

    with pytest.raises(Refusal, match="Container cannot be connected to network endpoints"):
        host.sim.docker.create("two", image, NetworkingConfig=joins)


async def test_when_the_address_pools_are_used_up_another_network_is_refused(host: SimulatedHost) -> None:
    host.sim.daemon.networks.pools = host.sim.daemon.networks.pools[:2]
    await host.sim.create_network("one", NetworkSpec(), {})

    with pytest.raises((Refused, ServerError), match="pool"):
        await host.sim.create_network("two", NetworkSpec(), {})


async def test_a_removal_under_way_is_waited_for(host: SimulatedHost) -> None:
    container_id = await host.created("web")
    host.sim.daemon.removal_s = 8.0

    async with host.clock.autojump(), anyio.create_task_group() as tasks:
        tasks.start_soon(host.sim.remove_container, container_id)
        await host.clock.sleep(1)
        await host.sim.remove_container(container_id)

    assert host.clock.monotonic() == 8.0


async def test_the_image_of_a_container_can_not_be_removed(host: SimulatedHost) -> None:
    await host.created("web")

    with pytest.raises(Conflict):
        await host.sim.remove_image("web:1")
