"""Whichever call or record fails, and however, the same end is reached: one container per slot, nothing left over.

Each scenario is run once without a fault for the end to be reached, then again with a fault at its
first, second... call, until it has no such call any more.
"""

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from controller.errors import ServiceError
from engine.faults import Faults, Killed
from tests.controller.running import OTHER_IMAGE, Host, Running, container, is_kill, network, unwritable, volume

Deed = Callable[[Running], Awaitable[Any]]

SHOP = (network("back"), volume("data"), container("db", networks=["back"], volumes=["data:/data"], mem_limit="64m"))


def applying(*documents: dict[str, Any]) -> Deed:
    return lambda running: running.apply(*documents)


def changed(**spec: Any) -> Deed:
    return applying(network("back"), volume("data"), container("db", networks=["back"], volumes=["data:/data"], **spec))


@dataclass(frozen=True)
class Scenario:
    """A deed on a host where `before` has converged."""

    before: Deed | None
    deed: Deed


SCENARIOS = {
    "create": Scenario(None, applying(*SHOP)),
    "update": Scenario(applying(*SHOP), changed(mem_limit="128m")),
    "replace": Scenario(applying(*SHOP), changed(mem_limit="64m", image=OTHER_IMAGE)),
    "scale up": Scenario(applying(*SHOP), changed(mem_limit="64m", replicas=2)),
    "scale down": Scenario(changed(mem_limit="64m", replicas=2), applying(*SHOP)),
    "delete": Scenario(applying(*SHOP), lambda running: running.service.down(namespace="shop")),
    "reconnect": Scenario(applying(*SHOP), applying(network("back", internal=True), *SHOP[1:])),
}

FAULTS: dict[str, Callable[[Faults, int], object]] = {
    "refused before": lambda faults, n: faults.fail("writes", nth=n),
    "reply lost": lambda faults, n: faults.lose_reply("writes", nth=n),
    "killed before": lambda faults, n: faults.kill("writes", nth=n),
    "killed after": lambda faults, n: faults.kill("writes", nth=n, after=True),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_a_fault_at_any_call_changes_nothing_about_the_end(
    scenario: str, fault: str, empty_store: Path, folder: Path
) -> None:
    case = SCENARIOS[scenario]
    wanted = await ended(case, stage(empty_store, folder / "none"), lambda _: None)
    n = 0
    struck = True
    while struck:
        n += 1
        host = stage(empty_store, folder / str(n))
        reached = await ended(case, host, partial(ordered, fault, n))
        struck = any(rule.struck for rule in host.engine.faults.rules)

        assert reached == wanted, f"fault at call {n}"


@pytest.mark.parametrize("death", ["unwritable", "killed"])
@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_a_fault_at_any_record_changes_nothing_about_the_end(
    scenario: str, death: str, empty_store: Path, folder: Path
) -> None:
    case = SCENARIOS[scenario]
    wanted = await ended(case, stage(empty_store, folder / "none"), lambda _: None)
    n = 0
    struck = True
    while struck:
        n += 1
        struck = False

        def failing(count: int, n: int = n) -> BaseException | None:
            nonlocal struck
            if count != n:
                return None
            struck = True
            return unwritable() if death == "unwritable" else Killed()

        def order(running: Running) -> None:
            running.store.writes = 0
            running.store.failing = failing

        reached = await ended(case, stage(empty_store, folder / str(n)), order)

        assert reached == wanted, f"fault at record {n}"


def ordered(fault: str, n: int, running: Running) -> None:
    FAULTS[fault](running.host.engine.faults, n)


def stage(empty_store: Path, folder: Path) -> Host:
    shutil.copytree(empty_store, folder)
    return Host(folder)


async def ended(case: Scenario, host: Host, order: Callable[[Running], object]) -> dict[str, Any]:
    """Return the end of a scenario in which a fault was ordered, after as many controllers as that takes."""
    try:
        async with Running(host) as running:
            if case.before is not None:
                await case.before(running)
                await running.until_ready()
                await running.pass_time(2)
            order(running)
            await committed(running, case.deed)
            return await end_of(running)
    except BaseException as error:
        if not is_kill(error):
            raise
    async with Running(host) as running:
        await committed(running, case.deed)
        return await end_of(running)


async def committed(running: Running, deed: Deed) -> None:
    """Ask until it is recorded, as a person does who reads that it could not be."""
    try:
        await deed(running)
    except ServiceError:
        await deed(running)


async def end_of(running: Running) -> dict[str, Any]:
    """Return what stands at rest, in Docker and in the records, with nothing that differs by chance."""
    await running.pass_time(10)
    host, records = running.host, running.runtime.records
    containers = host.containers()
    ids = {inspect["Id"] for inspect in containers.values()}
    instances = [one for one in records.instances() if one.kind == "Container"]
    return {
        "containers": {
            name: (one["State"]["Status"], one["Config"]["Image"], one["HostConfig"]["Memory"])
            for name, one in containers.items()
        },
        "networks": host.networks(),
        "volumes": host.volumes(),
        "recorded": sorted(one.final_name for one in instances),
        "known": {one.container_id for one in instances} == ids,
        "pending": [one.phase for one in instances if one.phase != "created"],
        "resources": {str(key): running.phase(key.name, key.kind) for key in records.resources},
        "differs": (await running.service.diff(live=True))["changes"],
    }
