"""What every engine promises about a container's life."""

import pytest

from engine.errors import Conflict, NameTaken, NotFound
from observed_state.container import Container
from tests.engine_contract.bench import FAILING, RICH, SLEEPER, STUBBORN, Made

NOBODY = "f" * 64


async def test_a_new_container_is_created_and_has_never_run(made: Made) -> None:
    container = await made.engine.inspect_container(await made.created("web", labels={"tier": "front"}))

    assert (container.state, container.pid, container.exit_code, container.started_at) == ("created", 0, 0, None)
    assert container.name == made.name("web")
    assert container.labels["tier"] == "front"
    assert not container.running


async def test_a_container_is_found_by_name_too(made: Made) -> None:
    container_id = await made.created("web")

    assert (await made.engine.inspect_container(made.name("web"))).id == container_id


async def test_a_second_container_of_a_name_is_refused_with_the_id_of_the_first(made: Made) -> None:
    first = await made.created("web")

    with pytest.raises(NameTaken) as taken:
        await made.created("web")

    assert taken.value.holder == first


async def test_a_container_needs_an_image_that_is_there(made: Made) -> None:
    new = made.new("web")
    missing = type(new)(new.name, new.spec, f"{made.bench.prefix}/missing:1")

    with pytest.raises(NotFound, match="missing"):
        await made.engine.create_container(missing)


async def test_a_started_container_runs(made: Made) -> None:
    container = await made.engine.inspect_container(await made.running("web"))

    assert container.state == "running"
    assert container.running
    assert container.pid > 0
    assert container.started_at is not None


async def test_starting_a_running_container_changes_nothing(made: Made) -> None:
    container_id = await made.running("web")
    before = await made.engine.inspect_container(container_id)

    await made.engine.start_container(container_id)

    assert await made.engine.inspect_container(container_id) == before


async def test_a_stopped_container_has_exited_with_its_programs_code(made: Made) -> None:
    container_id = await made.running("web", SLEEPER)

    await made.engine.stop_container(container_id, grace_s=10)

    container = await made.engine.inspect_container(container_id)
    assert (container.state, container.exit_code, container.pid) == ("exited", 0, 0)
    assert container.finished_at is not None


async def test_a_program_that_ignores_its_stop_signal_is_killed_after_the_grace(made: Made) -> None:
    container_id = await made.running("web", STUBBORN)

    await made.engine.stop_container(container_id, grace_s=1)

    assert (await made.engine.inspect_container(container_id)).exit_code == 137


async def test_a_stop_may_name_another_signal(made: Made) -> None:
    container_id = await made.running("web", STUBBORN)

    await made.engine.stop_container(container_id, grace_s=10, signal="SIGKILL")

    assert (await made.engine.inspect_container(container_id)).exit_code == 137


async def test_stopping_twice_is_fine(made: Made) -> None:
    container_id = await made.running("web")
    await made.engine.stop_container(container_id, grace_s=10)

    await made.engine.stop_container(container_id, grace_s=10)

    assert (await made.engine.inspect_container(container_id)).state == "exited"


async def test_a_killed_container_exits_with_137(made: Made) -> None:
    container_id = await made.running("web")

    await made.engine.kill_container(container_id)

    container = await made.until(container_id, "exited")
    assert container.exit_code == 137
    assert not container.oom_killed


async def test_only_a_running_container_can_be_killed(made: Made) -> None:
    with pytest.raises(Conflict, match="not running"):
        await made.engine.kill_container(await made.created("web"))


async def test_a_failed_program_leaves_its_exit_code(made: Made) -> None:
    container = await made.until(await made.running("job", FAILING), "exited")

    assert (container.exit_code, container.error) == (3, "")


async def test_a_container_can_be_started_again_and_is_the_same_one(made: Made) -> None:
    container_id = await made.running("web")
    first = await made.engine.inspect_container(container_id)
    await made.engine.stop_container(container_id, grace_s=10)

    await made.engine.start_container(container_id)

    second = await made.engine.inspect_container(container_id)
    assert second.state == "running"
    assert second.started_at is not None
    assert first.started_at is not None
    assert second.started_at > first.started_at
    assert second.exit_code == 0


async def test_a_paused_container_lives_and_says_so(made: Made) -> None:
    container_id = await made.running("web")

    await made.bench.pause(container_id)

    container = await made.engine.inspect_container(container_id)
    assert container.state == "paused"
    assert container.running


async def test_a_paused_container_can_be_let_go_on(made: Made) -> None:
    container_id = await made.running("web")
    await made.bench.pause(container_id)

    await made.engine.unpause_container(container_id)

    assert (await made.engine.inspect_container(container_id)).state == "running"


async def test_a_container_that_is_not_paused_can_not_be_let_go_on(made: Made) -> None:
    with pytest.raises(Conflict, match="not paused"):
        await made.engine.unpause_container(await made.running("web"))


async def test_a_renamed_container_frees_its_name(made: Made) -> None:
    container_id = await made.created("old")

    await made.engine.rename_container(container_id, made.name("new"))

    assert (await made.engine.inspect_container(container_id)).name == made.name("new")
    assert await made.created("old") != container_id


async def test_a_rename_to_a_name_in_use_names_its_holder(made: Made) -> None:
    holder = await made.created("a")
    other = await made.created("b")

    with pytest.raises(NameTaken) as taken:
        await made.engine.rename_container(other, made.name("a"))

    assert taken.value.holder == holder


async def test_a_rename_to_its_own_name_is_fine(made: Made) -> None:
    container_id = await made.created("web")

    await made.engine.rename_container(container_id, made.name("web"))

    assert (await made.engine.inspect_container(container_id)).name == made.name("web")


async def test_a_removed_container_is_gone(made: Made) -> None:
    container_id = await made.created("web")

    await made.engine.remove_container(container_id)

    with pytest.raises(NotFound):
        await made.engine.inspect_container(container_id)


async def test_removing_what_is_gone_is_fine(made: Made) -> None:
    container_id = await made.created("web")
    await made.engine.remove_container(container_id)

    await made.engine.remove_container(container_id)

    assert container_id not in {row.id for row in await made.engine.list_containers()}


async def test_a_running_container_is_removed_by_force_only(made: Made) -> None:
    container_id = await made.running("web")

    with pytest.raises(Conflict):
        await made.engine.remove_container(container_id)

    await made.engine.remove_container(container_id, force=True)
    assert container_id not in {row.id for row in await made.engine.list_containers()}


async def test_every_deed_on_a_container_that_is_not_there_says_so(made: Made) -> None:
    engine = made.engine
    deeds = (
        engine.inspect_container(NOBODY),
        engine.start_container(NOBODY),
        engine.stop_container(NOBODY, 1),
        engine.kill_container(NOBODY),
        engine.unpause_container(NOBODY),
        engine.rename_container(NOBODY, made.name("x")),
        engine.update_container(NOBODY, {"CpuShares": 512}),
        engine.put_archive(NOBODY, "/", b"\0" * 1024),
    )

    for deed in deeds:
        with pytest.raises(NotFound):
            await deed


async def test_what_cant_change_reads_the_same_after_start_and_restart(made: Made) -> None:
    container_id = await made.created("web", RICH, environment={"A": "1"}, mem_limit="64M", ports=["80"])
    baseline = _fixed(await made.engine.inspect_container(container_id))

    await made.engine.start_container(container_id)
    assert _fixed(await made.engine.inspect_container(container_id)) == baseline

    await made.engine.stop_container(container_id, grace_s=10)
    await made.engine.start_container(container_id)
    assert _fixed(await made.engine.inspect_container(container_id)) == baseline


def _fixed(container: Container) -> tuple[object, ...]:
    attachments = {name: (at.aliases, at.static_ipv4) for name, at in container.networks.items()}
    return (
        *(container.id, container.name, container.image, container.image_id, container.labels),
        *(container.restart_policy, container.resources, container.network_mode, container.frozen, attachments),
    )


async def test_a_container_has_what_its_image_brings_and_its_spec_adds(made: Made) -> None:
    container = await made.engine.inspect_container(await made.created("web", RICH, environment={"A": "1"}))

    config = container.frozen["Config"]
    assert container.labels["made-by"] == "contract"
    assert {"A=1", "FROM_IMAGE=yes"} <= set(config["Env"])
    assert (config["User"], config["WorkingDir"]) == ("1000", "/srv")


async def test_the_list_agrees_with_inspect(made: Made) -> None:
    container_id = await made.running("web", labels={"tier": "front"})

    row = next(row for row in await made.engine.list_containers() if row.id == container_id)

    container = await made.engine.inspect_container(container_id)
    assert (row.name, row.state, row.image_id) == (container.name, container.state, container.image_id)
    assert row.labels == container.labels
    assert row.networks == {name: at.network_id for name, at in container.networks.items()}
    assert row.health == container.health == "none"


async def test_the_list_holds_containers_that_do_not_run(made: Made) -> None:
    created = await made.created("new")
    exited = await made.running("job", FAILING)
    await made.until(exited, "exited")

    states = {row.id: row.state for row in await made.engine.list_containers()}

    assert (states[created], states[exited]) == ("created", "exited")


async def test_files_can_be_put_into_a_container_before_it_starts(made: Made) -> None:
    container_id = await made.created("web")

    await made.engine.put_archive(container_id, "/", b"\0" * 1024)

    assert (await made.engine.inspect_container(container_id)).state == "created"
