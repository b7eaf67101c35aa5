"""What is seen of Docker becomes true again, whatever happens to its events and lists."""

import shutil
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller import service_ground
from controller.planning import plan_of
from controller.plans import Plan
from controller.runtime import Runtime
from desired_state.key import Key
from engine.errors import EngineUnreachable
from engine.protocol import Engine
from observed_state.engine import EngineEvent
from tests.controller.lossy import LossyEngine
from tests.controller.running import IMAGE, Host, Running, container, network, volume

RELIST_S = 33.1


@pytest.fixture
def lossy(host: Host) -> LossyEngine:
    return LossyEngine(host.engine)


@pytest.fixture
async def running(host: Host, lossy: LossyEngine) -> AsyncIterator[Running]:
    """A controller whose three containers run, on an engine whose events and lists can be spoilt."""
    async with Running(host, engine=cast("Engine", lossy)) as running:
        await running.apply(container("web", replicas=2), container("db"))
        await running.until_ready()
        yield running


async def test_an_event_is_acted_on_at_once(host: Host, running: Running) -> None:
    host.docker.rm("shop-web-1")

    assert await running.until(lambda: host.state("shop-web-1") == "running") < 0.2


@pytest.mark.parametrize("deed", ["rm", "stop", "pause", "crash", "rename"])
async def test_a_change_whose_events_were_all_lost_is_found_by_the_next_list(
    host: Host, running: Running, lossy: LossyEngine, deed: str
) -> None:
    lossy.passing = lambda _: []
    arguments = ["other"] if deed == "rename" else []
    getattr(host.docker, deed)("shop-web-1", *arguments)

    took = await running.until(lambda: host.state("shop-web-1") == "running", within_s=RELIST_S)

    assert took > 0


async def test_a_change_that_no_list_shows_and_whose_events_were_lost_is_found_with_the_next_list(
    host: Host, running: Running, lossy: LossyEngine
) -> None:
    lossy.passing = lambda _: []
    host.docker.update("shop-web-1", RestartPolicy={"Name": "always", "MaximumRetryCount": 0})

    policy = host.inspect("shop-web-1")["HostConfig"]["RestartPolicy"]
    took = await running.until(lambda: host.inspect("shop-web-1")["HostConfig"]["RestartPolicy"] != policy, RELIST_S)

    assert took > 0


@pytest.mark.parametrize("noise", [0, 300])
async def test_a_question_waits_for_events_on_their_way_however_many_the_daemon_has_forgotten(
    host: Host, running: Running, lossy: LossyEngine, noise: int
) -> None:
    await running.act("pause", "web", reason="looking into it")
    lossy.passing = lambda _: []
    host.docker.update("shop-web-1", CpuShares=77)
    for number in range(noise):
        host.docker.volume_create(f"noise-{number}")

    assert [field["path"] for field in await running.fields("web")] == ["spec.cpu_shares"]


@pytest.mark.parametrize("plans", [1, 2])
async def test_a_question_is_planned_while_docker_is_asked_and_again_only_if_docker_has_news(
    host: Host, running: Running, lossy: LossyEngine, monkeypatch: pytest.MonkeyPatch, plans: int
) -> None:
    await running.act("pause", "web", reason="looking into it")
    await running.fields("web")
    lossy.passing = lambda _: []
    has_news = plans > 1
    if has_news:
        host.docker.stop("shop-web-1")
    planned: list[Plan] = []

    async def counted(runtime: Runtime, keys: Collection[Key]) -> Plan:
        planned.append(await plan_of(runtime, keys))
        return planned[-1]

    monkeypatch.setattr(service_ground, "plan_of", counted)

    assert bool(await running.fields("web")) is has_news
    assert len(planned) == plans


async def test_a_stop_that_is_told_after_the_end_it_brought_about_is_the_evidence_all_the_same(
    host: Host, running: Running, lossy: LossyEngine
) -> None:
    await running.act("pause", "web", reason="looking into it")
    await running.pass_time(5)
    lossy.passing = lambda event: [] if event.action == "stop" else [event]
    host.docker.stop("shop-web-1")
    await running.pass_time(5)
    [before] = await running.drift_history("web")

    [field] = await running.fields("web")
    await running.pass_time(5)
    [after] = await running.drift_history("web")

    assert not before.evidence.startswith("docker container stop at ")
    assert field["evidence"].startswith("docker container stop at ")
    assert after.evidence == field["evidence"]


async def test_another_change_of_limits_is_not_the_evidence_for_an_earlier_one(host: Host, running: Running) -> None:
    await running.act("pause", "web", reason="looking into it")
    host.docker.update("shop-web-1", CpuShares=77)
    await running.pass_time(5)
    [first] = await running.fields("web")
    host.docker.update("shop-web-1", RestartPolicy={"Name": "always", "MaximumRetryCount": 0})
    await running.pass_time(5)

    fields = {field["path"]: field["evidence"] for field in await running.fields("web")}

    assert fields["spec.cpu_shares"] == first["evidence"]
    assert fields["spec.restart"] != first["evidence"]


async def test_an_event_that_was_asked_for_is_not_taken_again_when_it_arrives(
    host: Host, running: Running, lossy: LossyEngine
) -> None:
    await running.act("pause", "web", reason="looking into it")
    held_back: list[EngineEvent] = []

    def hold_back(event: EngineEvent) -> list[EngineEvent]:
        held_back.append(event)
        return []

    lossy.passing = hold_back
    host.docker.update("shop-web-1", CpuShares=77)
    await running.fields("web")
    lossy.passing = lambda event: [*held_back, event]
    taken = running.runtime.informer.events_seen

    host.docker.rename("shop-db-1", "other")
    await running.settle()

    assert running.runtime.informer.events_seen - taken <= 2


async def test_a_lost_start_by_hand_of_a_stopped_container_is_found_too(
    host: Host, running: Running, lossy: LossyEngine
) -> None:
    await running.act("stop", "db")
    await running.until(lambda: host.state("shop-db-1") == "exited")
    lossy.passing = lambda _: []

    host.docker.start("shop-db-1")

    assert await running.until(lambda: host.state("shop-db-1") == "exited", within_s=RELIST_S) > 0


async def test_a_cut_stream_is_joined_again_within_seconds_and_misses_nothing(host: Host, running: Running) -> None:
    host.engine.daemon.cut_streams()
    host.docker.rm("shop-web-1")

    assert await running.until(lambda: host.state("shop-web-1") == "running") < 2


async def test_more_changes_than_the_daemon_remembers_are_all_found(host: Host, running: Running) -> None:
    host.engine.daemon.cut_streams()
    host.docker.rm("shop-web-1")
    for number in range(150):
        host.docker.run(f"noise-{number}", IMAGE)
        host.docker.rm(f"noise-{number}")

    assert await running.until(lambda: host.state("shop-web-1") == "running") < 2


async def test_an_event_nobody_knows_does_no_harm(host: Host, running: Running, lossy: LossyEngine) -> None:
    lossy.passing = lambda event: [
        EngineEvent("container", "teleport", event.actor),
        EngineEvent("container", "die", "0" * 64),
        EngineEvent("network", "disconnect", "", {}),
        event,
    ]
    host.docker.crash("shop-web-1")
    await running.pass_time(60)

    assert running.ready()


async def test_a_failed_list_never_means_that_there_are_no_containers(
    host: Host, running: Running, lossy: LossyEngine
) -> None:
    running.calls.clear()
    lossy.lists = [EngineUnreachable("cannot list containers: broken off")] * 3
    await running.pass_time(120)

    assert running.calls.writes == []
    assert (running.ready(), lossy.lists) == (True, [])


async def test_an_empty_list_given_once_removes_and_makes_nothing(
    host: Host, running: Running, lossy: LossyEngine
) -> None:
    records = running.runtime.records.instances()
    running.calls.clear()
    lossy.lists = [[]]
    await running.pass_time(120)

    assert running.calls.writes == []
    assert (running.ready(), len(running.runtime.records.instances())) == (True, len(records))


async def test_a_list_that_leaves_one_out_once_removes_and_makes_nothing(
    host: Host, running: Running, lossy: LossyEngine
) -> None:
    rows = await host.engine.list_containers()
    running.calls.clear()
    lossy.lists = [rows[1:]]
    await running.pass_time(120)

    assert (running.calls.writes, running.ready()) == ([], True)


async def test_an_idle_controller_lists_twice_a_minute_and_inspects_nothing(host: Host, running: Running) -> None:
    await running.pass_time(5)
    running.calls.clear()
    writes = running.store.writes
    await running.pass_time(600)

    assert 18 <= running.calls.count("list_containers") <= 23
    assert (running.calls.count("inspect_container"), running.calls.writes, running.store.writes) == (0, [], writes)


DEEDS = ("rm", "stop", "kill", "pause", "crash", "rename", "restart", "disconnect", "nothing")
FATES = ("pass", "lose", "double", "late")


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    deeds=st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 2), st.floats(0, 20)), max_size=8),
    fates=st.lists(st.sampled_from(FATES), min_size=1, max_size=40),
)
async def test_whatever_happens_to_events_the_declared_state_comes_back(
    empty_store: Path, folder: Path, deeds: list[tuple[str, int, float]], fates: list[str]
) -> None:
    with TemporaryDirectory(dir=folder) as own:
        host = Host(Path(shutil.copytree(empty_store, Path(own) / "state")))
        lossy = LossyEngine(host.engine, Spoiler(fates))
        async with Running(host, engine=cast("Engine", lossy)) as running:
            web, db = container("web", replicas=2, networks=["back"]), container("db", networks=["back"])
            await running.apply(network("back"), web, db)
            await running.pass_time(RELIST_S)
            for deed, which, wait in deeds:
                meddle(host, deed, which)
                await running.pass_time(wait)
            await running.pass_time(180)

            assert host.states() == {f"shop-{name}": "running" for name in ("db-1", "web-1", "web-2")}
            assert (await running.service.diff(live=True))["in_sync"]


class Spoiler:
    """Deals out fates to events in turn: passed, lost, doubled, or held back until the next one has passed."""

    def __init__(self, fates: list[str]) -> None:
        self._fates = fates
        self._seen = 0
        self._late: list[EngineEvent] = []

    def __call__(self, event: EngineEvent) -> list[EngineEvent]:
        fate = self._fates[self._seen % len(self._fates)]
        self._seen += 1
        if fate == "late":
            self._late.append(event)
            return []
        late, self._late = self._late, []
        return [*([] if fate == "lose" else [event] * (2 if fate == "double" else 1)), *late]


def meddle(host: Host, deed: str, which: int) -> None:
    """Do something to one of the containers, by hand."""
    states = list(host.states().items())
    if which >= len(states):
        return
    name, state = states[which]
    docker = host.docker
    match deed, state:
        case "rm", _:
            docker.rm(name)
        case (("stop" | "kill" | "crash" | "pause"), "running"):
            getattr(docker, deed)(name)
        case "rename", _ if not name.startswith("odd"):
            docker.rename(name, f"odd-{which}-{len(states)}-{host.clock.monotonic():.0f}")
        case "restart", "running":
            docker.stop(name)
            docker.start(name)
        case "disconnect", _ if "shop_back" in host.inspect(name)["NetworkSettings"]["Networks"]:
            docker.disconnect("shop_back", name)


async def test_what_an_overtaken_list_hid_is_seen_with_the_next_one(
    host: Host, running: Running, lossy: LossyEngine
) -> None:
    host.docker.volume_create("shop_data")
    await running.apply(volume("data"))
    await running.until(lambda: running.phase("data", "Volume") == "Conflict")
    lossy.old_volumes = await host.engine.list_volumes()
    host.docker.volume_rm("shop_data")

    await running.until(lambda: running.phase("data", "Volume") == "Ready", within_s=RELIST_S)


async def test_a_list_that_a_removal_overtook_does_not_bring_back_what_held_the_name(
    host: Host, running: Running
) -> None:
    observed, before = running.runtime.observed, host.id_of("shop-web-1")
    began, listed = observed.begin_list(), await host.engine.list_containers()
    host.docker.rm("shop-web-1")
    await running.until(lambda: host.id_of("shop-web-1") not in ("", before))
    await running.until_ready()

    observed.take_list([*listed, *await host.engine.list_containers()], began)
    await running.apply(container("web", replicas=2, environment={"A": "1"}))
    await running.until_ready()

    assert before not in observed.summaries
    assert running.phase("web") == "Ready"
