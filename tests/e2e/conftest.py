"""The engine under test, the images on it, and an Ergon for each test that asks for one."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager

import pytest

from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon
from tests.e2e.images import Images
from tests.e2e.private_engine import CAN_HAVE_ONE, PrivateEngine
from tests.e2e.proxy import CountingProxy

Install = Callable[..., Ergon]

HOST = os.environ.get("ERGON_TEST_DOCKER_HOST", "")


@pytest.fixture(scope="session")
def host() -> str:
    """The engine under test; everything is asked of it and nothing is done to it."""
    if not HOST.startswith("unix://"):
        pytest.skip("ERGON_TEST_DOCKER_HOST names no engine on a Unix socket")
    return HOST


@pytest.fixture(scope="session")
def hands(host: str) -> Iterator[Hands]:
    with closing(Hands(host)) as hands:
        yield hands


@pytest.fixture(scope="session")
def images(host: str) -> Iterator[Images]:
    with closing(Images(host)) as images:
        yield images


@pytest.fixture(scope="session")
def image(images: Images) -> str:
    """The reference of an image that runs until it is told to stop."""
    return images["plain"]


@pytest.fixture(scope="session")
def private_engine() -> Iterator[PrivateEngine]:
    """An engine that nobody else uses; whoever stops or freezes it starts it again."""
    if not CAN_HAVE_ONE:
        pytest.skip("starting an engine needs root and dockerd")
    with closing(PrivateEngine()) as engine:
        yield engine


@pytest.fixture(scope="session")
def private_hands(private_engine: PrivateEngine) -> Iterator[Hands]:
    with closing(Hands(private_engine.host)) as hands:
        yield hands


@pytest.fixture(scope="session")
def private_images(private_engine: PrivateEngine) -> Iterator[Images]:
    with closing(Images(private_engine.host)) as images:
        yield images


@pytest.fixture
def installed(hands: Hands) -> Iterator[Install]:
    """Return a maker of installations; what they made is removed afterwards."""
    with ExitStack() as made:
        yield lambda host, inside=(): made.enter_context(installation(hands, host, inside))


@pytest.fixture
def idle_ergon(host: str, installed: Install) -> Ergon:
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
    with closing(CountingProxy(idle_ergon.state_dir, host)) as proxy:
        idle_ergon.docker_host = proxy.host
        yield proxy


@contextmanager
def installation(hands: Hands, docker_host: str, inside: Sequence[str] = ()) -> Iterator[Ergon]:
    """Have an installation; kill its controller afterwards and remove all that it made."""
    ergon = Ergon(docker_host, inside)
    try:
        yield ergon
    finally:
        ergon.kill()
        hands.clear(ergon.namespace)
        if ergon.log.exists():
            print(ergon.log.read_text(errors="replace")[-6000:])  # pytest shows it when the test failed
        shutil.rmtree(ergon.state_dir, ignore_errors=True)
