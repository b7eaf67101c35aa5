"""The aish shell lists companions, reaches them, and can't harm more than the one it removes."""

import json
import os
import tempfile
import urllib.error
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import anyio
import pytest
from anyio import to_thread
from hypothesis import given
from hypothesis import strategies as st

from container_ci.aish.adapter import ASSERT_EVERY_S, Aish
from container_ci.aish.entries import asserted
from container_ci.aish.root import root_from_environment
from container_ci.companion import ContainerCI
from container_ci.equipment import EQUIPMENT
from container_ci.sockets import Sockets
from controller.clock import VirtualClock
from tests.container_ci.aish_client import Client
from tests.container_ci.desks import NOON, WEB, desk_of

pytestmark = pytest.mark.anyio

BOTH = ["shop-web-1-container-ci", "shop-web-2-container-ci"]


@pytest.fixture
def root() -> Iterator[Path]:
    # Not pytest's own folder: a socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="ai") as name:
        yield Path(name)


@dataclass
class Scene:
    """Two companions, their sockets, the adapter, and the shell beside them."""

    root: Path
    clock: VirtualClock
    aish: Aish
    companions: tuple[ContainerCI, ContainerCI]

    async def passes(self, seconds: float = ASSERT_EVERY_S) -> None:
        await self.clock.advance(seconds)
        # The file is written in a thread, which virtual time does not wait for.
        threads = to_thread.current_default_thread_limiter()
        for _ in range(3):
            while threads.borrowed_tokens:  # noqa: ASYNC110 - a limiter has no event for that
                await anyio.sleep(0.001)
            await self.clock.advance(0)

    async def client(self) -> Client:
        return await to_thread.run_sync(Client, self.root)

    async def listed(self) -> list[str]:
        return (await self.client()).listed()


@asynccontextmanager
async def scene(root: Path) -> AsyncIterator[Scene]:
    clock = VirtualClock(NOON)
    one, two = (
        ContainerCI(desk_of(replace(WEB, id=f"{number:012x}" + "0" * 52, name=f"shop-web-{number}")), EQUIPMENT)
        for number in (1, 2)
    )
    async with Sockets(root / "ci", clock) as sockets, Aish(root, clock) as aish:
        for companion in (one, two):
            companion.socket = sockets.open(companion)
            companion.register_with_aish(aish)
        found = Scene(root, clock, aish, (one, two))
        await found.passes()
        yield found


async def test_companions_are_listed_and_answer(root: Path) -> None:
    async with scene(root) as here:
        client = await here.client()
        assert client.listed() == BOTH
        assert "has been running" in await to_thread.run_sync(client.send, BOTH[0], "status")
        assert "can't answer that" in await to_thread.run_sync(client.send, BOTH[1], "sing")

    assert Client(root).listed() == []
    assert not [one for one in (root / "ci").iterdir() if one.suffix != ".lock"]


async def test_what_another_process_drops_is_asserted_again_beside_its_own(root: Path) -> None:
    async with scene(root) as here:
        stale = await here.client()
        here.aish.unregister(here.companions[1])
        here.companions[1].register_with_aish(here.aish)
        await here.passes()
        stale.entries.clear()
        stale.register("tool-ci", root / "ci")
        assert await here.listed() == ["tool-ci"]

        await here.passes()
        assert await here.listed() == [*BOTH, "tool-ci"]

    assert Client(root).listed() == ["tool-ci"]


async def test_removing_one_in_the_shell_harms_nothing_but_that_one(root: Path) -> None:
    async with scene(root) as here:
        (await here.client()).remove(BOTH[0])
        await here.passes()

        client = await here.client()
        assert client.listed() == [BOTH[1]]
        assert "has been running" in await to_thread.run_sync(client.send, BOTH[1], "status")
        assert await to_thread.run_sync(os.path.exists, here.companions[0].socket)


async def test_a_file_that_is_being_written_is_left_until_it_is_whole(root: Path) -> None:
    async with scene(root) as here:
        path = root / ".tekton" / "aish" / "ci-registry" / "wrapped_cis.json"
        await to_thread.run_sync(path.write_text, '{"tool-ci": {"na')
        await here.passes()
        assert await to_thread.run_sync(path.read_text) == '{"tool-ci": {"na'

        other = {"tool-ci": {"name": "tool-ci", "type": "ci_tool", "pid": os.getpid(), "socket": str(root)}}
        await to_thread.run_sync(path.write_text, json.dumps(other))
        await here.passes()
        assert await here.listed() == [*BOTH, "tool-ci"]


async def test_the_listener_answers_only_who_knows_its_secret(root: Path) -> None:
    async with scene(root) as here:
        client = await here.client()
        client.entries[BOTH[0]]["message_endpoint"] = f"/guessed/ci/{BOTH[0]}/message"
        with pytest.raises(urllib.error.HTTPError, match="404") as refused:
            await to_thread.run_sync(client.send, BOTH[0], "status")
        refused.value.close()


@pytest.mark.parametrize(
    ("chosen", "tekton", "expected"),
    [(None, None, None), (None, "/t", Path("/t")), ("/a", "/t", Path("/a")), ("off", "/t", None)],
)
def test_it_is_on_where_tekton_is_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, chosen: str | None, tekton: str | None, expected: Path | None
) -> None:
    for name, value in (("ERGON_AISH_ROOT", chosen), ("TEKTON_ROOT", tekton)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)

    assert root_from_environment() == expected


_ENTRIES = st.dictionaries(st.sampled_from("abcd"), st.fixed_dictionaries({"pid": st.integers(1, 9)}))


@given(found=_ENTRIES, wanted=_ENTRIES, once_ours=st.sets(st.sampled_from("abcd")))
def test_only_our_entries_are_ever_changed(
    found: dict[str, dict[str, int]], wanted: dict[str, dict[str, int]], once_ours: set[str]
) -> None:
    after = asserted(found, wanted, once_ours)

    assert {name: one for name, one in after.items() if name in wanted} == wanted
    others = found.keys() - wanted.keys() - once_ours
    assert {name: one for name, one in after.items() if name not in wanted} == {name: found[name] for name in others}
    assert asserted(after, wanted, once_ours) == after
