"""A daemon that is stopped, killed or frozen is one condition; afterwards everything is as it was."""

import signal
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import installation
from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon, wait_for
from tests.e2e.images import PLAIN, Images
from tests.e2e.private_engine import PrivateEngine

pytestmark = pytest.mark.docker

REPLICAS = 3


@pytest.fixture(scope="module")
def steady(private_engine: PrivateEngine, private_hands: Hands, private_images: Images) -> Iterator[Ergon]:
    """A controller with some running containers on the private engine."""
    with installation(private_hands, private_engine.host, private_engine.inside) as ergon:
        ergon.start_and_wait()
        web = ergon.container("web", private_images[PLAIN], replicas=REPLICAS, networks=["inside"], mem_limit="32M")
        ergon.apply(ergon.network("inside"), web)
        ergon.settle()
        yield ergon


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_containers_come_back_after_the_daemon_was(
    how: signal.Signals, steady: Ergon, private_engine: PrivateEngine
) -> None:
    before = containers(private_engine, steady)
    private_engine.end(how)
    wait_for(lambda: not steady.sees_the_daemon(), "the controller to notice")

    private_engine.start()
    steady.settle()

    assert containers(private_engine, steady) == before
    assert len(before) == REPLICAS
    assert crashes(steady) == []


def test_while_the_daemon_is_down_commands_say_so_in_one_line(steady: Ergon, private_engine: PrivateEngine) -> None:
    private_engine.end()
    wait_for(lambda: not steady.sees_the_daemon(), "the controller to notice")

    shown, status = steady.diff(), steady.run("status", "--json")

    private_engine.start()
    steady.settle()
    assert (shown.code, shown.stdout) == (1, "")
    assert "Docker" in shown.complaint
    assert status.code == 0
    assert status.json["engine"]["reachable"] is False
    assert status.json["engine"]["message"]


def test_a_frozen_daemon_is_noticed_and_everything_goes_on_when_it_thaws(
    steady: Ergon, private_engine: PrivateEngine
) -> None:
    before = containers(private_engine, steady)
    private_engine.send(signal.SIGSTOP)
    try:
        wait_for(lambda: not steady.sees_the_daemon(), "the controller to notice")
        shown = steady.diff()
        scaled = steady.run("scale", f"container/web={REPLICAS + 1}", "-n", steady.namespace)
    finally:
        private_engine.send(signal.SIGCONT)
    wait_for(lambda: len(containers(private_engine, steady)) == REPLICAS + 1, "what was asked meanwhile to be done")
    steady.run("scale", f"container/web={REPLICAS}", "-n", steady.namespace)
    wait_for(lambda: containers(private_engine, steady) == before, "the containers of before")
    steady.settle()

    assert shown.code == 1
    assert "Docker" in shown.complaint
    assert scaled.code == 0
    assert crashes(steady) == []


def test_a_controller_started_before_the_daemon_waits_for_it(steady: Ergon, private_engine: PrivateEngine) -> None:
    before = containers(private_engine, steady)
    steady.kill()
    private_engine.end()
    steady.start()
    wait_for(steady.answers, "the controller to answer")

    private_engine.start()
    steady.settle()

    assert containers(private_engine, steady) == before
    assert crashes(steady) == []


def test_a_controller_started_after_the_daemon_came_back_counts_no_crash(
    steady: Ergon, private_engine: PrivateEngine
) -> None:
    before = containers(private_engine, steady)
    steady.kill()
    private_engine.restart()

    steady.start_and_wait()
    steady.settle()

    assert containers(private_engine, steady) == before
    assert crashes(steady) == []
    newest = steady.ask("why", name="web", namespace=steady.namespace)["containers"][0]["deeds"][0]
    assert newest["reason"] == "ended with the Docker daemon"


def containers(engine: PrivateEngine, ergon: Ergon) -> dict[str, str]:
    """Return name and id of each container that runs."""
    hands = Hands(engine.host)
    running = {name: one for name, one in hands.containers(ergon.namespace) if hands.state(one) == "running"}
    hands.api.close()
    return running


def crashes(ergon: Ergon) -> list[str]:
    """Return the exits that were taken for crashes."""
    described = ergon.ask("describe", name="web", kind="Container", namespace=ergon.namespace)
    return [one["reason"] for one in described["exits"] if one["counted"]]
