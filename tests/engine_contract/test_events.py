"""Every deed is an event that names its object, whoever did it."""

import pytest

from desired_state.network import NetworkSpec
from desired_state.volume import VolumeSpec
from engine.errors import StartFailed
from tests.engine_contract.bench import BROKEN, CHECKED, FAILING, Made, watching


async def test_the_life_of_a_container_is_told(made: Made) -> None:
    async with watching(made.engine) as watch:
        container_id = await made.running("web")
        await made.engine.stop_container(container_id, grace_s=10)
        await made.engine.remove_container(container_id)
        await watch.until("container", "destroy", container_id)

    told = watch.actions(container_id)
    assert told[:2] == ["create", "start"]
    assert {"kill", "die", "stop"} <= set(told)
    assert told[-1] == "destroy"


async def test_container_events_carry_name_image_and_labels(made: Made) -> None:
    async with watching(made.engine) as watch:
        container_id = await made.created("web", labels={"tier": "front"})
        event = await watch.until("container", "create", container_id)

    assert event.attributes["name"] == made.name("web")
    assert event.attributes["image"].startswith("ergon-contract/")
    assert event.attributes["tier"] == "front"
    assert event.time_ns > 0


async def test_an_exit_is_told_with_its_code(made: Made) -> None:
    async with watching(made.engine) as watch:
        container_id = await made.running("job", FAILING)
        event = await watch.until("container", "die", container_id)

    assert event.attributes["exitCode"] == "3"


async def test_a_kill_is_told_with_its_signal(made: Made) -> None:
    async with watching(made.engine) as watch:
        container_id = await made.running("web")
        await made.engine.kill_container(container_id)
        kill = await watch.until("container", "kill", container_id)
        die = await watch.until("container", "die", container_id)

    assert kill.attributes["signal"] == "9"
    assert die.attributes["exitCode"] == "137"


async def test_a_rename_is_told_with_both_names(made: Made) -> None:
    async with watching(made.engine) as watch:
        container_id = await made.created("old")
        await made.engine.rename_container(container_id, made.name("new"))
        event = await watch.until("container", "rename", container_id)

    assert event.attributes["name"] == made.name("new")
    assert event.attributes["oldName"].lstrip("/") == made.name("old")


async def test_updates_and_pauses_are_told(made: Made) -> None:
    async with watching(made.engine) as watch:
        container_id = await made.running("web")
        await made.engine.update_container(container_id, {"CpuShares": 512})
        await made.bench.pause(container_id)
        await made.engine.unpause_container(container_id)
        await watch.until("container", "unpause", container_id)

    assert watch.actions(container_id)[-3:] == ["update", "pause", "unpause"]


async def test_health_is_told_as_a_verb_and_a_detail(made: Made) -> None:
    async with watching(made.engine) as watch:
        container_id = await made.running("web", CHECKED)
        event = await watch.until("container", "health_status", container_id)

    assert event.detail == "healthy"
    assert (await made.engine.inspect_container(container_id)).health == "healthy"


async def test_a_start_that_fails_is_no_start(made: Made) -> None:
    async with watching(made.engine) as watch:
        container_id = await made.created("web", BROKEN)
        with pytest.raises(StartFailed):
            await made.engine.start_container(container_id)
        await made.engine.remove_container(container_id)
        await watch.until("container", "destroy", container_id)

    assert "start" not in watch.actions(container_id)


async def test_networks_are_told_of_with_the_container_that_comes_or_goes(made: Made) -> None:
    async with watching(made.engine) as watch:
        network_id = await made.engine.create_network(made.name("front"), NetworkSpec(), {})
        container_id = await made.running("web")
        await made.engine.connect(network_id, container_id)
        await made.engine.disconnect(network_id, container_id)
        await made.engine.remove_network(network_id)
        await watch.until("network", "destroy", network_id)

    told = [event for event in watch.seen if event.actor == network_id]
    # 20.10 tells of a disconnect twice.
    assert list(dict.fromkeys(event.action for event in told)) == ["create", "connect", "disconnect", "destroy"]
    assert all(event.attributes["name"] == made.name("front") for event in told)
    assert {event.attributes["container"] for event in told[1:-1]} == {container_id}


async def test_volumes_are_told_of_by_name(made: Made) -> None:
    async with watching(made.engine) as watch:
        await made.engine.create_volume(made.name("data"), VolumeSpec(), {})
        await made.engine.remove_volume(made.name("data"))
        await watch.until("volume", "destroy", made.name("data"))

    assert watch.actions(made.name("data")) == ["create", "destroy"]


async def test_a_subscription_from_a_moment_repeats_what_came_after_it(made: Made) -> None:
    async with watching(made.engine) as watch:
        first = await made.created("first")
        since = (await watch.until("container", "create", first)).time_ns
    second = await made.created("second")

    repeated = []
    async for event in made.engine.events(since_ns=since + 1):
        repeated.append(event.actor)
        if event.actor == second:
            break

    assert first not in repeated


async def test_two_watchers_are_both_told(made: Made) -> None:
    async with watching(made.engine) as one, watching(made.engine) as other:
        container_id = await made.created("web")

        await one.until("container", "create", container_id)
        await other.until("container", "create", container_id)


async def test_what_has_happened_is_told_without_waiting_for_more(made: Made) -> None:
    async with watching(made.engine) as watch:
        first = await made.created("first")
        since = (await watch.until("container", "create", first)).time_ns
    second = await made.created("second")

    past = await made.engine.past_events(since + 1)

    assert past.complete
    assert [event.actor for event in past.events if event.action == "create"] == [second]
    assert past.events[-1].time_ns <= past.until_ns


async def test_a_change_is_among_what_has_happened_as_soon_as_it_is_done(made: Made) -> None:
    container_id = await made.running("web")
    since = (await made.engine.past_events(0)).until_ns
    missed = []
    for shares in range(512, 532):
        await made.engine.update_container(container_id, {"CpuShares": shares})
        past = await made.engine.past_events(since)
        missed += [] if any(event.action == "update" for event in past.events) else [shares]
        since = past.until_ns + 1

    assert missed == []


async def test_a_daemon_that_has_forgotten_something_says_so(made: Made) -> None:
    since = (await made.engine.past_events(0)).until_ns
    for number in range(128):
        name = made.name(f"noise-{number}")
        await made.engine.create_volume(name, VolumeSpec(), {})
        await made.engine.remove_volume(name)

    assert not (await made.engine.past_events(since)).complete


async def test_a_subscription_says_from_when_on_it_tells_everything(made: Made) -> None:
    subscribed = await anext(made.engine.events())
    since = (await made.engine.past_events(0)).until_ns

    assert 0 < subscribed.time_ns <= since
