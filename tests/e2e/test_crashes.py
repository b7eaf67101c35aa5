"""A controller killed at any step loses nothing and makes nothing twice."""

from collections.abc import Callable
from typing import get_args

import pytest

from controller.errors import ServiceError
from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon, Json, wait_for
from tests.e2e.proxy import CountingProxy, Moment, Request, Trap

pytestmark = pytest.mark.docker


def asks(method: str, ending: str) -> Callable[[Request], bool]:
    return lambda request: request.method == method and request.path.endswith(ending)


STEPS: dict[str, tuple[Callable[[Request], bool], int]] = {
    "the network": (asks("POST", "/networks/create"), 1),
    "the volume": (asks("POST", "/volumes/create"), 1),
    "the first container": (asks("POST", "/containers/create"), 1),
    "the second container": (asks("POST", "/containers/create"), 2),
    "the first start": (asks("POST", "/start"), 1),
    "the second start": (asks("POST", "/start"), 2),
}


POINTS: dict[str, tuple[str, Moment]] = {
    f"{moment} {step}": (step, moment) for step in STEPS for moment in get_args(Moment)
}


@pytest.mark.parametrize("point", POINTS)
def test_a_controller_killed_at_a_step_of_create_finishes_it_once(
    point: str, idle_ergon: Ergon, proxy: CountingProxy, hands: Hands, image: str
) -> None:
    step, moment = POINTS[point]
    matches, nth = STEPS[step]
    trap = proxy.set(Trap(matches, nth, moment, idle_ergon.kill))
    idle_ergon.apply(*shop(idle_ergon, image))
    idle_ergon.start()
    wait_for(lambda: trap.sprung and has_ended(idle_ergon), "the controller to be killed")

    idle_ergon.start_and_wait()
    idle_ergon.settle()

    assert_is_the_shop(idle_ergon, hands)


def test_controllers_that_live_for_one_deed_each_get_there_all_the_same(
    idle_ergon: Ergon, proxy: CountingProxy, hands: Hands, image: str
) -> None:
    def stands() -> bool:
        return idle_ergon.is_settled() and hands.names(idle_ergon.namespace) == names(idle_ergon)

    idle_ergon.apply(*shop(idle_ergon, image))
    live_short_lives(idle_ergon, proxy, stands)
    first = dict(hands.containers(idle_ergon.namespace))
    idle_ergon.apply(*shop(idle_ergon, image, environment={"GENERATION": "2"}))
    live_short_lives(idle_ergon, proxy, stands)
    second = dict(hands.containers(idle_ergon.namespace))
    assert idle_ergon.run("down", "--yes", "--volumes", "-n", idle_ergon.namespace).code == 0
    live_short_lives(idle_ergon, proxy, lambda: not idle_ergon.resources())

    assert sorted(first) == sorted(second) == names(idle_ergon)
    assert set(first.values()).isdisjoint(second.values())
    assert hands.containers(idle_ergon.namespace) == []
    assert hands.api.networks(names=[f"{idle_ergon.namespace}_inside"]) == []


def live_short_lives(ergon: Ergon, proxy: CountingProxy, holds: Callable[[], bool]) -> None:
    """Run controllers until something holds, each killed right after the first thing that it did to Docker."""

    def life_is_over() -> bool:
        try:
            return has_ended(ergon) or (ergon.sees_the_daemon() and holds())
        except ServiceError:  # killed while it was asked
            return False

    for _ in range(30):
        trap = proxy.set(Trap(lambda request: request.writes, 1, "after", ergon.kill))
        ergon.start()
        wait_for(life_is_over, "a controller to do something, or to have nothing left to do")
        trap.disarm()
        if not has_ended(ergon):
            ergon.kill()
            return
    raise AssertionError(f"thirty lives were not enough: {proxy.writes}")


def shop(ergon: Ergon, image: str, **changed: object) -> list[Json]:
    web = ergon.container("web", image, replicas=2, networks=["inside"], volumes=["data:/data"], **changed)
    return [ergon.network("inside"), ergon.volume("data"), web]


def assert_is_the_shop(ergon: Ergon, hands: Hands) -> None:
    assert hands.names(ergon.namespace) == names(ergon)
    assert {hands.state(name) for name in hands.names(ergon.namespace)} == {"running"}
    assert len(hands.api.networks(names=[f"{ergon.namespace}_inside"])) == 1
    assert [one["restarts"] for one in ergon.resources()["web"]["instances"]] == [0, 0]
    answer = ergon.diff().json
    assert (answer["in_sync"], answer["changes"]) == (True, [])


def names(ergon: Ergon) -> list[str]:
    return [f"{ergon.namespace}-web-1", f"{ergon.namespace}-web-2"]


def has_ended(ergon: Ergon) -> bool:
    return ergon.process is not None and ergon.process.poll() is not None
