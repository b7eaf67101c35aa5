"""A scheduled container runs at its times, once each, whatever happens to the controller meanwhile."""

from typing import Any

import pytest

from controller.errors import ServiceError
from engine.simulated import Behaviour
from engine.simulated.behaviour import command_not_found
from tests.controller.running import IMAGE, OTHER_IMAGE, Host, Running, container, is_kill

Json = dict[str, Any]
REGULAR = "*/10 * * * *"
BRIEF = Behaviour(exit_code=0, exit_after_s=20)
LONG = Behaviour(exit_code=0, exit_after_s=3000)
FAILING = Behaviour(exit_code=3, exit_after_s=20)
PERIOD = 600.0


def backup(schedule: Any = REGULAR, **spec: Any) -> Json:
    return container("backup", schedule=schedule, **spec)


def scheduled(**more: Any) -> Json:
    return {"cron": REGULAR, **more}


def behave(host: Host, behaviour: Behaviour) -> None:
    """Let every run begun from now on behave so."""
    for number in range(1, 20):
        host.behave(f"shop-backup-{number}", behaviour)


async def runs(running: Running) -> list[tuple[int, str, str]]:
    """Return number, due time and state of each run."""
    found = (await running.service.describe(name="backup"))["runs"]
    return [(run["number"], run["scheduled_for"][11:16], run["state"]) for run in found]


async def test_it_runs_at_its_times_and_not_before(host: Host, running: Running) -> None:
    behave(host, BRIEF)
    await running.apply(backup())
    await running.pass_time(PERIOD - 1)
    before = host.states()
    await running.pass_time(2 * PERIOD + 30)

    assert before == {}
    assert await runs(running) == [(1, "00:10", "succeeded"), (2, "00:20", "succeeded"), (3, "00:30", "succeeded")]
    assert host.states() == {f"shop-backup-{number}": "exited" for number in (1, 2, 3)}


async def test_it_begins_at_its_very_second(host: Host, running: Running) -> None:
    behave(host, BRIEF)
    await running.apply(backup())

    assert await running.until(lambda: host.state("shop-backup-1") == "running", within_s=2 * PERIOD) == PERIOD


async def test_it_says_what_comes_next_and_how_it_went(host: Host, running: Running) -> None:
    behave(host, FAILING)
    await running.apply(backup())
    await running.pass_time(PERIOD + 30)

    row = await running.row("backup")
    assert (row["phase"], row["ready"]) == ("Scheduled", True)
    assert row["message"] == "next run 2026-01-01 00:20Z; run 1 failed (exited with code 3)"
    assert row["schedule"]["next_run"] == "2026-01-01T00:20:00Z"
    assert (row["schedule"]["last_run"]["exit_code"], row["conditions"][0]["type"]) == (3, "LastRunSucceeded")


async def test_what_is_at_rest_differs_in_nothing(host: Host, running: Running) -> None:
    behave(host, BRIEF)
    await running.apply(backup())
    await running.pass_time(PERIOD + 30)
    writes = running.store.writes
    await running.pass_time(PERIOD / 2)

    assert (await running.fields("backup"), running.store.writes) == ([], writes)


async def test_a_run_is_tried_as_often_as_declared(host: Host, running: Running) -> None:
    behave(host, FAILING)
    await running.apply(backup(restart="on-failure:2"))
    await running.pass_time(PERIOD + 300)

    assert await runs(running) == [(1, "00:10", "failed")]
    assert len(host.starts("shop-backup-1")) == 3


async def test_a_run_past_its_deadline_has_failed(host: Host, running: Running) -> None:
    behave(host, LONG)
    await running.apply(backup(active_deadline="1m"))
    await running.pass_time(PERIOD + 90)

    assert await runs(running) == [(1, "00:10", "failed")]
    assert host.state("shop-backup-1") == "exited"


async def test_a_run_that_can_not_start_has_failed_and_says_why(host: Host, running: Running) -> None:
    behave(host, command_not_found("nosuch"))
    await running.apply(backup())
    await running.pass_time(PERIOD + 300)

    found = (await running.service.describe(name="backup"))["runs"]
    assert [run["state"] for run in found] == ["failed"]
    assert "executable file not found" in found[0]["message"]


async def test_a_run_uses_what_is_declared_when_it_begins(host: Host, running: Running) -> None:
    behave(host, LONG)
    await running.apply(backup(scheduled(overlap="allow")))
    await running.pass_time(PERIOD + 60)
    await running.apply(backup(scheduled(overlap="allow"), image=OTHER_IMAGE))
    await running.pass_time(PERIOD)

    images = {name: one["Config"]["Image"] for name, one in host.containers().items()}
    assert images == {"shop-backup-1": IMAGE, "shop-backup-2": OTHER_IMAGE}


# runs that meet


@pytest.mark.parametrize(
    ("overlap", "expected", "states"),
    [
        ("forbid", ["running", "skipped"], {"shop-backup-1": "running"}),
        ("allow", ["running", "running"], {"shop-backup-1": "running", "shop-backup-2": "running"}),
        ("replace", ["stopped", "running"], {"shop-backup-1": "exited", "shop-backup-2": "running"}),
    ],
)
async def test_a_run_that_is_not_over_when_the_next_is_due(
    host: Host, running: Running, overlap: str, expected: list[str], states: dict[str, str]
) -> None:
    behave(host, LONG)
    await running.apply(backup(scheduled(overlap=overlap)))
    await running.pass_time(2 * PERIOD + 60)

    assert [state for _, _, state in await runs(running)] == expected
    assert host.states() == states


# what is kept


async def test_so_many_containers_of_finished_runs_are_kept(host: Host, running: Running) -> None:
    behave(host, BRIEF)
    await running.apply(backup(scheduled(keep={"succeeded": 2})))
    await running.pass_time(5 * PERIOD + 60)

    assert sorted(host.states()) == ["shop-backup-4", "shop-backup-5"]
    assert len(await runs(running)) == 5


async def test_failed_runs_are_kept_apart(host: Host, running: Running) -> None:
    behave(host, FAILING)
    await running.apply(backup())
    await running.pass_time(2 * PERIOD + 60)
    behave(host, BRIEF)
    await running.pass_time(4 * PERIOD)

    assert sorted(host.states()) == [f"shop-backup-{number}" for number in (2, 4, 5, 6)]


async def test_a_time_to_live_takes_finished_runs_away(host: Host, running: Running) -> None:
    behave(host, BRIEF)
    await running.apply(backup(ttl_after_finished="5m"))
    await running.pass_time(PERIOD + 60)
    before = host.states()
    await running.pass_time(300)

    assert (before, host.states()) == ({"shop-backup-1": "exited"}, {})


# a person's wishes


async def test_a_run_can_be_asked_for_at_any_time(host: Host, running: Running) -> None:
    behave(host, BRIEF)
    await running.apply(backup())
    await running.pass_time(60)
    await running.act("trigger", "backup")
    await running.pass_time(PERIOD)

    assert await runs(running) == [(1, "00:01", "succeeded"), (2, "00:10", "succeeded")]


async def test_a_run_is_not_asked_for_twice_while_runs_may_not_meet(host: Host, running: Running) -> None:
    behave(host, LONG)
    await running.apply(backup())
    await running.act("trigger", "backup")

    with pytest.raises(ServiceError, match=r"run 1 of .* is not over"):
        await running.act("trigger", "backup")


async def test_what_has_no_schedule_is_not_triggered(running: Running) -> None:
    await running.apply(container("web"))

    with pytest.raises(ServiceError, match="has no schedule"):
        await running.act("trigger", "web")


async def test_a_suspended_schedule_rests_and_misses_nothing(host: Host, running: Running) -> None:
    behave(host, BRIEF)
    await running.apply(backup(scheduled(suspended=True)))
    await running.pass_time(3 * PERIOD)
    resting = (running.phase("backup"), host.states())
    await running.apply(backup(scheduled()))
    await running.pass_time(PERIOD + 60)

    assert resting == ("Suspended", {})
    assert await runs(running) == [(1, "00:40", "succeeded")]


async def test_a_stop_ends_the_run_and_the_schedule_until_a_start(host: Host, running: Running) -> None:
    behave(host, LONG)
    await running.apply(backup())
    await running.pass_time(PERIOD + 60)
    await running.act("stop", "backup")
    await running.pass_time(2 * PERIOD)
    stopped = (running.phase("backup"), host.states())
    await running.act("start", "backup")
    await running.pass_time(PERIOD)

    assert stopped == ("Stopped", {"shop-backup-1": "exited"})
    assert [(number, state) for number, _, state in await runs(running)] == [(1, "stopped"), (2, "running")]


async def test_a_pause_lets_times_pass_and_the_last_of_them_run_at_its_end(host: Host, running: Running) -> None:
    behave(host, BRIEF)
    await running.apply(backup())
    await running.act("pause", "backup", for_s=2 * PERIOD + 60, reason="maintenance")
    await running.pass_time(2 * PERIOD + 120)

    assert await runs(running) == [(1, "00:10", "missed"), (2, "00:20", "succeeded")]


async def test_what_is_deleted_leaves_no_run_behind(host: Host, running: Running) -> None:
    behave(host, LONG)
    await running.apply(backup(scheduled(overlap="allow")))
    await running.pass_time(2 * PERIOD + 60)
    await running.service.down(namespace="shop")
    await running.until(lambda: not running.runtime.records.resources)

    assert host.states() == {}


async def test_what_is_not_scheduled_any_more_runs_for_good(host: Host, running: Running) -> None:
    behave(host, LONG)
    await running.apply(backup())
    await running.pass_time(PERIOD + 60)
    behave(host, Behaviour())
    await running.apply(container("backup"))
    await running.until_ready()

    assert host.states() == {"shop-backup-1": "running"}
    assert running.runtime.records.instances()[0].role == "main"


async def test_a_dependent_waits_for_a_run_that_succeeded(host: Host, running: Running) -> None:
    behave(host, BRIEF)
    host.behave("shop-web-1", Behaviour())
    needs = {"backup": {"condition": "service_completed_successfully"}}
    await running.apply(backup(), container("web", depends_on=needs))

    assert await running.until(lambda: host.state("shop-web-1") == "running", within_s=2 * PERIOD) == PERIOD + 20


# a controller that was away


async def away(host: Host, seconds: float, schedule: Any = REGULAR) -> None:
    """Declare a schedule, and have no controller for a while half an hour later."""
    behave(host, BRIEF)
    async with Running(host) as running:
        await running.apply(backup(schedule))
        await running.pass_time(PERIOD / 2)
    await host.clock.advance(seconds)


async def test_a_missed_run_is_begun_once_when_it_is_not_too_late(host: Host) -> None:
    await away(host, PERIOD)

    async with Running(host) as running:
        await running.pass_time(60)

        assert await runs(running) == [(1, "00:10", "succeeded")]


async def test_of_many_missed_runs_the_last_is_begun_and_the_others_are_told(host: Host) -> None:
    await away(host, 5 * PERIOD)

    async with Running(host) as running:
        await running.pass_time(60)

        found = (await running.service.describe(name="backup"))["runs"]
        assert [(run["state"], run["times"]) for run in found] == [("missed", 4), ("succeeded", 1)]


async def test_what_is_too_late_is_told_as_missed(host: Host) -> None:
    await away(host, PERIOD, scheduled(missed_run_window="1m"))

    async with Running(host) as running:
        await running.pass_time(60)

        assert (await runs(running), host.states()) == ([(1, "00:10", "missed")], {})


async def test_a_run_in_progress_goes_on_while_no_controller_runs(host: Host) -> None:
    behave(host, Behaviour(exit_code=0, exit_after_s=300))
    async with Running(host) as running:
        await running.apply(backup())
        await running.pass_time(PERIOD + 60)
        await running.shut_down()
    await host.clock.advance(400)

    async with Running(host) as running:
        await running.pass_time(60)

        assert await runs(running) == [(1, "00:10", "succeeded")]
        assert len(host.starts("shop-backup-1")) == 1


async def test_a_run_whose_container_was_removed_is_over_and_not_begun_again(host: Host, running: Running) -> None:
    behave(host, LONG)
    await running.apply(backup())
    await running.pass_time(PERIOD + 60)
    host.docker.rm("shop-backup-1")
    await running.pass_time(300)

    assert await runs(running) == [(1, "00:10", "failed")]
    assert host.states() == {}


async def test_a_run_cut_short_by_a_stop_on_exit_is_not_begun_again(host: Host) -> None:
    behave(host, LONG)
    async with Running(host) as running:
        await running.apply(backup())
        await running.pass_time(PERIOD + 60)
        await running.shut_down(stop_containers=True)

    async with Running(host) as running:
        await running.pass_time(60)

        assert await runs(running) == [(1, "00:10", "failed")]
        assert len(host.starts("shop-backup-1")) == 1


@pytest.mark.parametrize("after", [False, True])
async def test_no_time_runs_twice_wherever_the_controller_is_killed(host: Host, after: bool) -> None:
    behave(host, BRIEF)
    async with Running(host) as running:
        await running.apply(backup(scheduled(overlap="allow")))
        await running.pass_time(PERIOD - 60)
    for n in range(1, 8):
        await killed_at_a_call(host, n, after=after)
    async with Running(host) as running:
        await running.pass_time(PERIOD)

        found = (await running.service.describe(name="backup"))["runs"]
    due = [run["scheduled_for"] for run in found if run["state"] != "missed"]
    assert len(due) == len(set(due))
    assert all(len(host.starts(name)) <= 1 for name in host.states())


async def killed_at_a_call(host: Host, n: int, *, after: bool) -> None:
    """Live through a period with a run in it, and be killed at the nth call that changes something in Docker."""
    try:
        async with Running(host) as running:
            host.engine.faults.kill("writes", nth=n, after=after)
            await running.pass_time(PERIOD)
    except BaseException as error:
        if not is_kill(error):
            raise
    host.engine.faults.clear()


async def test_what_is_scheduled_from_now_on_does_not_run_for_good_any_more(host: Host, running: Running) -> None:
    await running.apply(container("backup"))
    await running.until_ready()
    behave(host, BRIEF)
    await running.apply(backup())
    await running.pass_time(60)
    before = host.states()
    await running.pass_time(PERIOD)

    assert (before, host.states()) == ({}, {"shop-backup-1": "exited"})
