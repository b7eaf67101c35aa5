"""How resources stood is kept whenever it changed, sparingly, and never while nothing changes."""

from datetime import datetime

from controller import moments
from controller.measuring import FLUSH_S
from desired_state.key import Key
from store import moments as moment_rows
from store import retention, revisions
from tests.controller.running import OTHER_IMAGE, Host, Running, container, network, unwritable, volume

WEB = Key("Container", "shop", "web")


async def rows(running: Running) -> int:
    found = await running.store.read(
        lambda session: session.connection().exec_driver_sql("SELECT count(*) FROM moments").scalar_one()
    )
    return int(found)


async def phase_at(running: Running, at: datetime) -> str:
    kept = await running.store.read(lambda session: moment_rows.at(session, at))
    uid = running.runtime.records.resources[WEB].uid
    return moments.from_text(kept[uid].content).status.phase if uid in kept else ""


async def test_nothing_is_kept_while_nothing_changes(running: Running) -> None:
    await running.apply(container("web", networks=["back"], volumes=["data:/data"]), network("back"), volume("data"))
    await running.until_ready()
    await running.pass_time(30)
    kept, writes = await rows(running), running.store.writes

    await running.pass_time(3000)

    assert await rows(running) == kept
    assert running.store.writes - writes <= 3000 / FLUSH_S  # what was measured


async def test_each_resource_is_kept_once_when_it_has_settled(running: Running) -> None:
    await running.apply(container("web", networks=["back"]), network("back"))
    await running.until_ready()
    await running.pass_time(30)

    assert await rows(running) == 2


async def test_how_it_stood_is_found_by_time(host: Host, running: Running) -> None:
    await running.apply(container("web", restart="no"))
    await running.until_ready()
    await running.pass_time(60)
    while_it_ran = running.clock.now()
    await running.pass_time(60)
    host.docker.crash("shop-web-1", 3)
    await running.pass_time(60)

    assert await phase_at(running, while_it_ran) == "Ready"
    assert await phase_at(running, running.clock.now()) == "Failed"


async def test_a_flapping_container_is_kept_ten_times_and_then_once_a_minute(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    await running.pass_time(30)
    for number in range(200):
        host.docker.set_health("shop-web-1", "starting" if number % 2 else "healthy")
        await running.pass_time(3)

    assert 10 <= await rows(running) <= 21


async def test_after_a_restart_of_the_controller_the_same_is_not_kept_again(host: Host) -> None:
    async with Running(host) as running:
        await running.apply(container("web"))
        await running.until_ready()
        await running.pass_time(30)
        before = await rows(running)
    async with Running(host) as running:
        await running.pass_time(120)

        assert await rows(running) == before


async def test_a_graceful_end_keeps_what_has_not_settled_yet(host: Host) -> None:
    async with Running(host) as running:
        await running.apply(container("web"))
        await running.until_ready()
        await running.shut_down()

        assert await rows(running) >= 1


async def test_what_could_not_be_written_is_written_later(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    running.store.failing = lambda _: unwritable()
    await running.pass_time(120)
    running.store.failing = lambda _: None
    await running.pass_time(120)

    assert await rows(running) == 1


async def outcomes(running: Running) -> list[tuple[int, str]]:
    found = await running.store.read(lambda session: list(revisions.list_for(session, WEB)))
    return [(one.generation, one.outcome) for one in found]


async def test_a_revision_that_became_ready_says_so_even_if_it_fails_later(host: Host, running: Running) -> None:
    await running.apply(container("web", restart="no"))
    await running.until_ready()
    await running.pass_time(30)
    host.docker.crash("shop-web-1", 3)
    await running.pass_time(60)

    assert await outcomes(running) == [(1, "ready")]


async def test_a_revision_that_never_became_ready_has_failed(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    await running.pass_time(30)
    host.engine.daemon.host.busy_ports.add(8080)
    await running.apply(container("web", image=OTHER_IMAGE, ports=["8080:80"]))
    await running.pass_time(60)

    assert await outcomes(running) == [(1, "ready"), (2, "failed")]


async def test_how_something_stood_a_month_ago_is_still_known_where_nothing_changed(running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    await running.pass_time(30)
    now = running.clock.now()
    later = now + retention.HISTORY_KEPT * 2

    await running.store.write(lambda session: retention.purge(session, later))

    assert await phase_at(running, later) == "Ready"
