"""What a managed container says is told without its secrets, and what is remembered of it holds none."""

from pathlib import Path

import pytest

from container_ci.equipment import EQUIPMENT
from container_ci.logs.capability import BLIND_POLL_S
from tests.controller.running import Host, Running, container

pytestmark = pytest.mark.anyio

GIVEN, SAID = "tr0ub4dor&3xyz", "hunter2hunter2"


async def test_no_answer_and_no_memory_of_a_companion_holds_a_secret(tmp_path: Path) -> None:
    host = Host(tmp_path)
    async with Running(host, equipment=EQUIPMENT) as running:
        await running.apply(container("web", environment={"DB_PASSWORD": GIVEN}))
        await running.until_ready("web")
        await running.pass_time(3600)
        for _ in range(3):
            host.docker.say("shop-web-1", f"FATAL login with {GIVEN} failed, password={SAID}", "stderr")
        await running.pass_time(2 * BLIND_POLL_S)

        asked = [await running.service.ci_query(name="web", query=topic) for topic in ("logs", "debug", "status")]
        listed = await running.service.ci_list()
        memory = running.runtime.companions.all()[0].desk.tools.memory
        remembered = await memory.recall("container/shop/web", "logs")

        assert "<secret:DB_PASSWORD>" in str(asked[0])
        assert remembered is not None
        assert GIVEN not in f"{asked}{listed}{remembered}"
        assert SAID not in f"{asked}{listed}{remembered}"
    assert SAID.encode() not in everything_in(tmp_path)


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
