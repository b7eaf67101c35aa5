"""One controller at a time, and containers that do not notice when it goes and comes."""

import pytest

from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon, Finished

pytestmark = pytest.mark.docker

LOCKED = 75


def test_a_second_controller_is_refused_with_the_pid_of_the_first(ergon: Ergon) -> None:
    assert ergon.process is not None

    second = ergon.run("run")

    assert second.code == LOCKED
    assert f"process {ergon.process.pid}" in second.complaint
    assert ergon.sees_the_daemon()


def test_a_controller_that_ends_leaves_running_containers_to_docker(ergon: Ergon, hands: Hands, image: str) -> None:
    web = with_a_web(ergon, image)
    before = hands.lasting(web)

    code = ergon.end()

    after = hands.lasting(web)
    assert code == 0
    assert after["started"] == before["started"]
    assert after["HostConfig"].pop("RestartPolicy") == {"Name": "unless-stopped", "MaximumRetryCount": 0}
    assert before["HostConfig"].pop("RestartPolicy")["Name"] in ("", "no")
    assert after == before


def test_what_was_left_to_docker_is_no_drift(ergon: Ergon, image: str) -> None:
    with_a_web(ergon, image)
    ergon.end()

    shown = ergon.diff()

    assert in_sync(shown)


def test_the_next_controller_takes_containers_back_without_a_restart(ergon: Ergon, hands: Hands, image: str) -> None:
    web = with_a_web(ergon, image)
    before = hands.lasting(web)

    ergon.restart()
    ergon.settle()

    after = hands.lasting(web)
    # "" and "no" are the same to Docker; an update writes the latter.
    assert after["HostConfig"].pop("RestartPolicy")["Name"] in ("", "no")
    before["HostConfig"].pop("RestartPolicy")
    assert after == before
    assert in_sync(ergon.diff())


def test_a_stopped_container_is_not_left_to_docker(ergon: Ergon, hands: Hands, image: str) -> None:
    web = with_a_web(ergon, image)
    ergon.run("stop", "container/web", "-n", ergon.namespace)
    ergon.wait_until("web", phase="Stopped")

    ergon.end()

    assert hands.inspect(web)["HostConfig"]["RestartPolicy"]["Name"] in ("", "no")
    assert hands.state(web) == "exited"


def test_a_killed_controller_leaves_containers_as_they_are(ergon: Ergon, hands: Hands, image: str) -> None:
    web = with_a_web(ergon, image)
    before = hands.lasting(web)

    ergon.kill()
    left = in_sync(ergon.diff())
    ergon.start_and_wait()
    ergon.settle()

    assert left
    assert hands.lasting(web) == before


def test_what_is_declared_while_no_controller_runs_is_done_by_the_next_one(
    idle_ergon: Ergon, hands: Hands, image: str
) -> None:
    idle_ergon.apply(idle_ergon.network("inside"), idle_ergon.container("web", image, networks=["inside"]))
    before = hands.names(idle_ergon.namespace)

    idle_ergon.start_and_wait()
    idle_ergon.settle()

    assert before == []
    assert hands.names(idle_ergon.namespace) == [f"{idle_ergon.namespace}-web-1"]


def with_a_web(ergon: Ergon, image: str) -> str:
    """Have a container run and return its name."""
    ergon.apply(ergon.network("inside"), ergon.container("web", image, networks=["inside"]))
    ergon.settle()
    return f"{ergon.namespace}-web-1"


def in_sync(shown: Finished) -> bool:
    return shown.code == 0 and shown.json["in_sync"] and not shown.json["changes"]
