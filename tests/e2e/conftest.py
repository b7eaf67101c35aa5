"""The engine under test, the images on it, and an Ergon for each test that asks for one."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon
from tests.e2e.images import Images
from tests.e2e.proxy import CountingProxy

HOST = os.environ.get("ERGON_TEST_DOCKER_HOST", "")


@pytest.fixture(scope="session")
def host() -> str:
    """The engine under test; everything is asked of it and nothing is done to it."""
    if not HOST.startswith("unix://"):
        pytest.skip("ERGON_TEST_DOCKER_HOST names no engine on a Unix socket")
    return HOST


@pytest.fixture(scope="session")
def hands(host: str) -> Iterator[Hands]:
    hands = Hands(host)
    yield hands
    hands.api.close()


@pytest.fixture(scope="session")
def images(host: str) -> Iterator[Images]:
    images = Images(host)
    yield images
    images.close()


@pytest.fixture(scope="session")
def image(images: Images) -> str:
    """The reference of an image that runs until it is told to stop."""
    return images["plain"]


@pytest.fixture
def installed(hands: Hands) -> Iterator[Callable[[str], Ergon]]:
    """Return a maker of installations; what they made is removed afterwards."""
    made: list[Ergon] = []

    def install(docker_host: str) -> Ergon:
        made.append(Ergon(docker_host))
        return made[-1]

    yield install
    for ergon in made:
        discard(ergon, hands)


@pytest.fixture
def idle_ergon(host: str, installed: Callable[[str], Ergon]) -> Ergon:
    """An installation whose controller does not run yet."""
    return installed(host)


@pytest.fixture
def ergon(idle_ergon: Ergon) -> Ergon:
    """An installation whose controller runs."""
    idle_ergon.start_and_wait()
    return idle_ergon


@pytest.fixture
def proxy(idle_ergon: Ergon, host: str) -> Iterator[CountingProxy]:
    """The daemon as the test's Ergon sees it, through a proxy."""
    proxy = CountingProxy(idle_ergon.state_dir, host)
    idle_ergon.docker_host = proxy.host
    yield proxy
    proxy.close()


def discard(ergon: Ergon, hands: Hands) -> None:
    """Kill the controller, remove all that it made, and show its log, which pytest prints when the test failed."""
    ergon.kill()
    hands.clear(ergon.namespace)
    if ergon.log.exists():
        print(ergon.log.read_text(errors="replace")[-6000:])
    shutil.rmtree(ergon.state_dir, ignore_errors=True)
