"""Updates on a real engine: nothing is lost on the way, what fails goes back by itself, and a kill changes nothing."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from tests.e2e.hands import Hands
from tests.e2e.harness import ROOT, Ergon, Json, wait_for
from tests.e2e.proxy import CountingProxy
from tests.e2e.test_crashes import live_short_lives

pytestmark = pytest.mark.docker

# Stops listening when it is told to stop, answers what it has accepted, and then ends: as a server should.
SERVE = 'httpd -f -p 8080 -h /tmp & trap "kill $$!; sleep 1; exit 0" TERM; echo $$GENERATION > /tmp/index.html; wait'
PORTS = range(18080, 18084)
BESIDE = {"order": "start-first", "monitor": "1s"}
READY = {"readiness": {"http": {"port": 8080, "path": "/index.html"}, "interval": "200ms"}}


def server(ergon: Ergon, image: str, generation: int, **spec: Any) -> list[Json]:
    """Declare three servers that answer with their generation."""
    own: Json = {
        "command": ["sh", "-c", SERVE],
        "environment": {"GENERATION": str(generation)},
        "replicas": 3,
        "networks": ["inside"],
        "update": BESIDE,
    }
    return [ergon.network("inside"), ergon.container("web", image, **{**own, **spec})]


@contextmanager
def load(*arguments: object, inside: Sequence[str] = ()) -> Iterator[Json]:
    """Have requests made all the while; what came of them is there after the block."""
    result: Json = {}
    words = [*inside, sys.executable, "-m", "tests.e2e.load", *map(str, arguments)]
    process = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield result
    finally:
        told, _ = process.communicate()
        result.update(json.loads(told or b"{}"))


def update_ended(ergon: Ergon, state: str) -> bool:
    update = ergon.ask("describe", name="web", namespace=ergon.namespace)["update"]
    return bool(update and update["state"] == state)


def ends(ergon: Ergon, state: str) -> None:
    wait_for(lambda: update_ended(ergon, state), f"the update to be {state}", ergon.what_is_left)


@pytest.mark.skipif(os.geteuid() != 0, reason="entering a container's network needs root")
@pytest.mark.parametrize("published", [True, False], ids=["published", "by name alone"])
def test_no_request_is_lost_while_every_replica_is_replaced(
    published: bool, ergon: Ergon, hands: Hands, image: str
) -> None:
    more = {"ports": [f"{PORTS[0]}-{PORTS[-1]}:8080"]} if published else {"probes": READY}
    ergon.apply(*server(ergon, image, 1, **more), ergon.container("client", image, networks=["inside"]))
    ergon.settle()
    client = hands.inspect(f"{ergon.namespace}-client-1")
    network = hands.api.inspect_network(f"{ergon.namespace}_inside")
    enter = ["nsenter", f"--net=/proc/{client['State']['Pid']}/ns/net"]

    ports = PORTS if published else ()
    gateway = network["IPAM"]["Config"][0]["Gateway"]
    with load("name", "web", 8080, inside=enter) as by_name, load("ports", gateway, *(ports or (1,))) as by_port:
        ergon.apply(*server(ergon, image, 2, **more), ergon.container("client", image, networks=["inside"]))
        ends(ergon, "complete")
        ergon.settle()

    assert (by_name["lost"], by_port["lost"]) == ([], [])
    named, reached = _most_unanswered(hands)
    assert by_name["unanswered"] <= named
    assert by_port["unanswered"] <= reached
    assert by_name["answers"].keys() == {"1", "2"}
    assert not published or by_port["answers"].keys() == {"1", "2"}
    assert hands.names(ergon.namespace) == [
        f"{ergon.namespace}-{one}" for one in ("client-1", "web-1", "web-2", "web-3")
    ]


def _most_unanswered(hands: Hands) -> tuple[int, int]:
    """Return how many connections the engine itself leaves unanswered, by name and by port, as three take turns.

    Any engine takes a container's interface away 30 to 50 ms before its name, and no call takes the name alone.
    On 20.10, the name and the port of one that starts come up to a second before its interface; on 28.5 after it.
    """
    stopped = started = 3
    early = started if hands.api.version()["Version"].startswith("20.") else 0
    return stopped + early, 2 * early


def is_only_told(ergon: Ergon) -> bool:
    return all(change["action"] == "none" for change in ergon.changes())


FAILURES: dict[str, tuple[Json, str]] = {
    "crashes": ({"command": ["sh", "-c", "sleep 1; exit 3"]}, "exited with code 3"),
    "can not start": ({"command": ["nowhere"]}, "nowhere"),
    "is never ready": (
        {"healthcheck": {"test": ["CMD", "sh", "-c", "exit 1"], "interval": "1s", "start_period": "60s"}},
        "not ready within 3 s",
    ),
    "is missing": ({"image": "ergon.invalid/gone:1", "pull_policy": "never"}, "ergon.invalid/gone:1"),
}


def test_what_fails_goes_back_by_itself_and_says_why(ergon: Ergon, hands: Hands, image: str) -> None:
    rules = {"order": "start-first", "monitor": "2s", "progress_deadline": "3s"}

    def web(**spec: Any) -> Json:
        return ergon.container("web", **{"image": image, "replicas": 2, "update": rules, **spec})

    ergon.apply(web())
    ergon.settle()
    before = dict(hands.containers(ergon.namespace))
    for what, (spec, why) in FAILURES.items():
        ergon.apply(web(**spec))
        row = ergon.wait_until("web", phase="RolledBack")
        wait_for(lambda: dict(hands.containers(ergon.namespace)) == before, f"{what}: the former containers alone")
        wait_for(lambda: is_only_told(ergon), f"{what}: nothing left to do", ergon.what_is_left)
        shown = ergon.diff()

        assert why in row["message"], what
        assert {hands.state(name) for name in before} == {"running"}, what
        assert shown.code == 2, what
        assert {field["evidence"][:11] for change in shown.json["changes"] for field in change["fields"]} == {
            "rolled back"
        }
    assert ergon.run("rollback", "web", "-n", ergon.namespace).code == 0
    ergon.settle()

    assert dict(hands.containers(ergon.namespace)) == before


# killed on the way


@pytest.mark.parametrize("fails", [False, True], ids=["good", "bad"])
def test_controllers_that_live_for_one_deed_each_bring_an_update_to_its_end(
    fails: bool, idle_ergon: Ergon, proxy: CountingProxy, hands: Hands, image: str
) -> None:
    ergon, name = idle_ergon, f"{idle_ergon.namespace}-web-1"
    state, generation = ("rolled-back", 1) if fails else ("complete", 2)

    def web(number: int, **spec: Any) -> Json:
        rules = {"order": "start-first", "monitor": "0s"}
        environment = {"GENERATION": str(number)}
        return ergon.container("web", image, update=rules, environment=environment, **spec)

    def has_ended() -> bool:
        return update_ended(ergon, state) and hands.names(ergon.namespace) == [name]

    ergon.start_and_wait()
    ergon.apply(web(1))
    ergon.settle()
    ergon.kill()
    ergon.apply(web(2, **({"command": ["nowhere"]} if fails else {})))
    live_short_lives(ergon, proxy, has_ended)

    assert hands.state(name) == "running"
    assert f"GENERATION={generation}" in hands.inspect(name)["Config"]["Env"]
