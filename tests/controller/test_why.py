"""Why each container was made, started, stopped and replaced: what was recorded, with what shows it."""

from typing import Any

from tests.controller.running import OTHER_IMAGE, Host, Running, container

Json = dict[str, Any]


async def deeds(running: Running, name: str = "web", container_name: str = "shop-web-1") -> list[Json]:
    """Return what was done to a container, newest first, small steps left out."""
    answer = await running.service.why(name=name)
    found: list[Json] = next(one["deeds"] for one in answer["containers"] if one["name"] == container_name)
    return [deed for deed in found if deed["what"] not in ("renamed", "accepted")]


def texts(deed: Json, kind: str) -> list[str]:
    return [one["text"] for one in deed["evidence"] if one["kind"] == kind]


async def up(running: Running, **spec: Any) -> None:
    await running.apply(container("web", **spec), actor="ann")
    await running.until_ready()
    await running.pass_time(30)


async def test_a_first_container_was_created_because_somebody_declared_it(running: Running) -> None:
    await up(running)

    [created] = await deeds(running)

    assert (created["what"], created["reason"], created["outcome"]) == ("created", "declared but absent", "done")
    assert texts(created, "revision") == ["generation 1 was declared by ann"]


async def test_a_crash_is_told_with_its_exit_code(host: Host, running: Running) -> None:
    await up(running)
    host.docker.crash("shop-web-1", 3)
    await running.pass_time(5)

    restarted = (await deeds(running))[0]

    assert (restarted["what"], restarted["reason"]) == ("restarted", "exited with code 3")
    [end] = [one for one in restarted["evidence"] if one["kind"] == "exit"]
    assert (end["details"]["exit_code"], end["details"]["counted"]) == (3, True)


async def test_an_end_by_hand_is_told_with_the_event_that_shows_it(host: Host, running: Running) -> None:
    await up(running)
    host.docker.kill("shop-web-1")
    await running.pass_time(5)

    restarted = (await deeds(running))[0]

    assert "stopped by hand" in restarted["reason"]
    [end] = texts(restarted, "exit")
    assert "docker container kill" in end
    assert "does not count as a crash" in end


async def test_a_replacement_names_the_fields_the_author_and_the_generation(running: Running) -> None:
    await up(running)
    await running.apply(container("web", image=OTHER_IMAGE), actor="bob", sources=[])
    await running.until_ready()
    await running.pass_time(30)

    told = await deeds(running)
    replaced = next(deed for deed in told if deed["what"] == "replaced")

    assert "spec.image: shop/web:1 -> shop/web:2" in texts(replaced, "spec")
    assert texts(replaced, "revision") == ["generation 2 was declared by bob"]
    assert [deed["what"] for deed in told][:3] == ["removed", "started", "stopped"]


async def test_a_restart_that_was_asked_for_names_who_asked(running: Running) -> None:
    await up(running)
    await running.act("restart", "web", actor="bob")
    await running.pass_time(30)

    restarted = (await deeds(running))[0]

    assert restarted["what"] == "restarted"
    assert texts(restarted, "request") == ["bob asked for a restart"]


async def test_an_outage_is_told_with_its_time(host: Host, running: Running) -> None:
    await up(running)
    host.engine.daemon.stop()
    await running.pass_time(60)
    host.engine.daemon.start()
    await running.pass_time(60)

    restarted = (await deeds(running))[0]

    assert restarted["reason"] == "ended with the Docker daemon"
    assert "the daemon was away from" in texts(restarted, "exit")[0]


async def test_what_is_in_the_environment_is_not_told(running: Running) -> None:
    await up(running, environment={"DB_PASSWORD": "hunter2", "MODE": "a"})
    await up(running, environment={"DB_PASSWORD": "hunter3", "MODE": "b"})

    told = str(await running.service.why(name="web")) + str(await running.service.history(name="web"))

    assert "hunter" not in told
    assert "spec.environment.MODE" in told


async def test_a_deleted_resource_is_still_explained(running: Running) -> None:
    await up(running)
    await running.act("delete", "web")
    await running.pass_time(60)

    whats = {deed["what"] for deed in await deeds(running)}

    assert {"created", "stopped", "removed"} <= whats


async def test_what_was_never_recorded_is_not_made_up(running: Running) -> None:
    await up(running)
    await running.store.write(lambda session: session.connection().exec_driver_sql("DELETE FROM actions"))

    answer = await running.service.why(name="web")

    assert answer["recorded_since"] is None
    assert answer["containers"][0]["deeds"] == []
