"""Whatever is declared and however the image is dressed, nothing that Docker does by itself is taken for drift."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.e2e.conftest import installation
from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon
from tests.e2e.images import Images
from tests.e2e.private_engine import PrivateEngine
from tests.e2e.specs import DRESSES, SPECS, dress_of

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def variety(private_engine: PrivateEngine, private_hands: Hands, private_images: Images) -> Iterator[Ergon]:
    """A controller that runs one container for each spec, and a plain one on each image."""
    images = private_images
    with installation(private_hands, private_engine.host, private_engine.inside) as ergon:
        ergon.start_and_wait()
        dressed = [ergon.container(f"image-{dress}", images[dress]) for dress in DRESSES]
        specified = [ergon.container(name, images[dress_of(name)], **spec) for name, spec in SPECS.items()]
        networks = [ergon.network(name) for name in ("default", "inside", "outside")]
        ergon.apply(*networks, ergon.volume("data"), *dressed, *specified)
        ergon.settle()
        yield ergon


def test_nothing_differs_after_apply(variety: Ergon) -> None:
    assert nothing_differs(variety)


def test_nothing_differs_after_docker_restart(variety: Ergon, private_hands: Hands) -> None:
    before = dict(private_hands.containers(variety.namespace))
    with ThreadPoolExecutor(8) as several:
        list(several.map(partial(private_hands.api.restart, timeout=0), before.values()))
    variety.settle()

    assert nothing_differs(variety)
    assert dict(private_hands.containers(variety.namespace)) == before


def test_nothing_differs_after_a_controller_restart(variety: Ergon, private_hands: Hands) -> None:
    before = dict(private_hands.containers(variety.namespace))
    variety.restart()
    variety.settle()

    assert nothing_differs(variety)
    assert dict(private_hands.containers(variety.namespace)) == before


def test_nothing_differs_after_a_daemon_restart(
    variety: Ergon, private_engine: PrivateEngine, private_hands: Hands
) -> None:
    before = dict(private_hands.containers(variety.namespace))
    private_engine.restart()
    variety.settle()

    assert nothing_differs(variety)
    assert dict(private_hands.containers(variety.namespace)) == before


def nothing_differs(ergon: Ergon) -> bool:
    shown = ergon.diff("--live")
    assert shown.json["changes"] == []
    return shown.code == 0
