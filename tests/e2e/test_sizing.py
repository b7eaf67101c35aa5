"""What real containers use decides what they are recommended, and how many there are."""

from datetime import UTC, datetime, timedelta

import pytest

from container_ci.sizing.history import History
from container_ci.sizing.samples import Sample
from store import memories
from store.database import Store
from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon, Json, wait_for

pytestmark = pytest.mark.docker

MIB = 1 << 20
BUSY = ["sh", "-c", "trap 'exit 0' TERM; while :; do :; done"]


def test_the_busy_become_more_and_the_idle_give_back(idle_ergon: Ergon, hands: Hands, image: str) -> None:
    ergon = idle_ergon
    remember_two_idle_days(ergon, "idle")
    ergon.apply(
        container(ergon, "idle", image, mem_limit="512M"),
        container(ergon, "many", image, command=BUSY, cpus=0.1, autoscale={"max": 2, "cpu": "50%"}),
    )
    ergon.start_and_wait()
    made = wait_for(lambda: hands.state(f"{ergon.namespace}-idle-1") == "running" and id_of(hands, ergon, "idle"), "it")

    assert advice(ergon, "idle")["mem_limit"]["recommended"] == 256 * MIB

    done = ergon.run("ci", "optimize", "idle", "--apply", "--json")
    assert done.code == 0, done.stderr
    wait_for(lambda: limit_of(hands, ergon, "idle") == 256 * MIB, "the limit to change in place")
    assert id_of(hands, ergon, "idle") == made

    wait_for(lambda: hands.state(f"{ergon.namespace}-many-2") == "running", "the second replica")
    told = ergon.run("ci", "scale", "many")
    assert "2 wanted, of 1 to 2 replicas" in told.stdout


def container(ergon: Ergon, name: str, image: str, **spec: object) -> Json:
    return ergon.container(name, image, network_mode="none", stop_grace_period="1s", **spec)


def limit_of(hands: Hands, ergon: Ergon, name: str) -> int:
    return int(hands.inspect(f"{ergon.namespace}-{name}-1")["HostConfig"]["Memory"])


def advice(ergon: Ergon, name: str) -> dict[str, Json]:
    asked = ergon.run("ci", "optimize", name, "--json")
    found = asked.json if asked.code == 0 else {"recommendations": []}
    return {one["field"]: one for one in found["recommendations"]}


def id_of(hands: Hands, ergon: Ergon, name: str) -> str:
    return str(hands.inspect(f"{ergon.namespace}-{name}-1")["Id"])


def remember_two_idle_days(ergon: Ergon, name: str) -> None:
    """Let it be known that a service used little for two days."""
    now, history = datetime.now(UTC), History()
    for minutes in range(48 * 60, 0, -10):
        history.add(Sample(now - timedelta(minutes=minutes), 600.0, 0.01, 20 * MIB, memory_limit=512 * MIB))
    with Store.open(ergon.state_dir) as store:
        about = f"container/{ergon.namespace}/{name}"
        store.write_sync(lambda session: memories.remember(session, about, "usage", history.dump(), now))
