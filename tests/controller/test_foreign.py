"""What Ergon did not make it never touches, whatever it bears for a name or a label."""

import hashlib
import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.controller.running import IMAGE, OTHER_IMAGE, Host, Running, container, network, volume


def fingerprints(host: Host) -> dict[str, str]:
    """Return a checksum of everything that `docker inspect` shows of what is not Ergon's."""
    shown: dict[str, object] = {name: one for name, one in host.containers().items() if name.startswith("foreign")}
    shown |= {one.inspect["Name"]: one.inspect for one in host.engine.daemon.networks.all() if foreign(one.inspect)}
    shown |= {one["Name"]: one for one in host.engine.daemon.volumes.all() if foreign(one)}
    return {
        name: hashlib.sha256(json.dumps(one, sort_keys=True, default=str).encode()).hexdigest()
        for name, one in shown.items()
    }


def foreign(inspect: dict[str, object]) -> bool:
    return str(inspect["Name"]).startswith("foreign")


async def test_a_name_that_somebody_else_holds_is_a_conflict_that_names_the_holder(
    host: Host, running: Running
) -> None:
    holder = host.docker.run("shop-web-1", IMAGE)
    await running.apply(container("web"))
    await running.pass_time(60)

    row = await running.row("web")
    assert (row["phase"], row["reason"]) == ("Conflict", "NameTaken")
    assert holder[:12] in row["message"]
    assert (host.id_of("shop-web-1"), len(host.states())) == (holder, 1)


async def test_the_conflict_ends_as_soon_as_the_name_is_free(host: Host, running: Running) -> None:
    host.docker.run("shop-web-1", IMAGE)
    await running.apply(container("web"))
    await running.pass_time(60)

    host.docker.rm("shop-web-1")

    assert await running.until_ready() < 1


async def test_a_renamed_holder_frees_the_name_as_well(host: Host, running: Running) -> None:
    host.docker.run("shop-web-1", IMAGE)
    await running.apply(container("web"))
    await running.pass_time(60)

    host.docker.rename("shop-web-1", "elsewhere")

    assert await running.until_ready() < 1


async def test_a_network_of_our_name_is_a_conflict(host: Host, running: Running) -> None:
    host.docker.network_create("shop_back")
    await running.apply(network("back"))
    await running.pass_time(60)

    assert (running.phase("back", "Network"), host.networks()) == ("Conflict", ["shop_back"])


async def test_a_volume_of_our_name_is_a_conflict_and_keeps_its_data(host: Host, running: Running) -> None:
    host.docker.volume_create("shop_data")
    await running.apply(volume("data", reclaim="delete"))
    await running.pass_time(60)
    conflict = running.phase("data", "Volume")
    await running.act("delete", "data")
    await running.until(lambda: not running.runtime.records.resources)

    assert (conflict, host.volumes()) == ("Conflict", ["shop_data"])


async def test_a_copy_with_our_labels_is_told_and_left(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    labels = host.inspect("shop-web-1")["Config"]["Labels"]

    copy = host.docker.run("foreign-copy", IMAGE, labels=labels)
    await running.pass_time(60)

    [field] = await running.fields("web")
    assert (field["path"], field["effect"], field["observed"]) == (
        "metadata.copies",
        "none",
        f"foreign-copy ({copy[:12]})",
    )
    assert host.states() == {"foreign-copy": "running", "shop-web-1": "running"}


async def test_a_container_recreated_by_hand_under_our_name_is_not_taken_for_ours(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    labels = host.inspect("shop-web-1")["Config"]["Labels"]

    host.docker.rm("shop-web-1")
    usurper = host.docker.run("shop-web-1", IMAGE, labels=labels)
    await running.pass_time(60)

    assert (host.id_of("shop-web-1"), running.phase("web")) == (usurper, "Conflict")


async def test_other_containers_are_listed_as_unmanaged(host: Host, running: Running) -> None:
    host.docker.run("foreign-cache", IMAGE)
    await running.apply(container("web"))
    await running.until_ready()

    unmanaged = (await running.service.status())["unmanaged"]
    assert [(row["name"], row["state"], row["image"]) for row in unmanaged] == [("foreign-cache", "running", IMAGE)]


STEPS = ("apply", "other image", "scale up", "scale down", "delete", "rm", "stop", "outage", "cut", "prune", "down")


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(STEPS), max_size=8))
async def test_nothing_foreign_changes_whatever_ergon_is_asked_to_do(
    empty_store: Path, folder: Path, steps: list[str]
) -> None:
    with TemporaryDirectory(dir=folder) as own:
        host = Host(Path(shutil.copytree(empty_store, Path(own) / "state")))
        settle_strangers(host)
        before = fingerprints(host)
        async with Running(host) as running:
            for step in steps:
                await do(running, step)
            await running.pass_time(60)

        assert fingerprints(host) == before


def settle_strangers(host: Host) -> None:
    host.docker.network_create("foreign_net")
    host.docker.volume_create("foreign_data")
    host.docker.run("foreign-web", IMAGE, labels={"ergon.dev/store-id": "somebody else's"})
    host.docker.run("foreign-shop-web-1", IMAGE, HostConfig={"RestartPolicy": {"Name": "always"}})
    host.docker.create("foreign-idle", OTHER_IMAGE)


async def do(running: Running, step: str) -> None:
    host, file = running.host, "/srv/shop.yaml"
    spec = {"networks": ["back"], "volumes": ["data:/data"]}
    declared = [network("back") | {"source": file}, volume("data", reclaim="delete") | {"source": file}]
    known = {key.name for key in running.runtime.records.resources}
    deleting = any(one.deleting_since for one in running.runtime.records.resources.values())
    match step:
        case "apply" | "other image" | "prune" if deleting:
            pass
        case "apply":
            await running.apply(*declared, container("web", **spec) | {"source": file})
        case "other image":
            other = container("web", **spec, image=OTHER_IMAGE) | {"source": file}
            await running.apply(*declared, other)
        case "prune":
            await running.apply(*declared, sources=[file], prune=True, confirm=True)
        case "scale up" | "scale down" if "web" in known and not deleting:
            await running.service.scale(name="web", replicas=4 if step == "scale up" else 0)
        case "delete" if "web" in known:
            await running.act("delete", "web")
        case "rm" | "stop" if host.state("shop-web-1") == "running":
            getattr(host.docker, step)("shop-web-1")
        case "cut":
            host.engine.daemon.cut_streams()
        case "down":
            await running.service.down(all=True, volumes=True)
    await running.pass_time(5)
