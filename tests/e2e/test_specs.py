"""Whatever is declared and however the image is dressed, nothing that Docker does by itself is taken for drift."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.e2e.conftest import installation
from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon
from tests.e2e.images import Images
from tests.e2e.private_engine import PrivateEngine
from tests.e2e.specs import DRESSES, EVERY_SPEC, dress_of
from tests.store.first_schema import put_back

pytestmark = pytest.mark.docker


# One turn meets every spec and every image in all that happens here; all turns meet every pair of them.
TURNS = range(len(DRESSES)) if os.environ.get("ERGON_TEST_SPECS") == "all" else range(1)


@pytest.fixture(scope="module", params=TURNS)
def variety(
    request: pytest.FixtureRequest, private_engine: PrivateEngine, private_hands: Hands, private_images: Images
) -> Iterator[Ergon]:
    """A controller that runs one container for each spec, and a plain one on each image."""
    images, turn = private_images, request.param
    with installation(private_hands, private_engine.host, private_engine.inside) as ergon:
        ergon.start_and_wait()
        dressed = [ergon.container(f"image-{dress}", images[dress]) for dress in DRESSES]
        specified = [ergon.container(name, images[dress_of(name, turn)], **spec) for name, spec in EVERY_SPEC.items()]
        networks = [ergon.network(name) for name in ("default", "inside", "outside")]
        networks.append(ergon.network("fixed", ipam={"config": [{"subnet": "10.214.0.0/16"}]}))
        password = ergon.state_dir / "password"
        password.write_text("never told")
        contents = [ergon.config("settings", content="A=1\n"), ergon.secret("password", file=str(password))]
        ergon.apply(*networks, ergon.volume("data"), *contents, *dressed, *specified)
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


def test_nothing_differs_after_a_migration_from_the_first_schema(variety: Ergon, private_hands: Hands) -> None:
    before = dict(private_hands.containers(variety.namespace))
    variety.kill()
    put_back(variety.state_dir)
    variety.start_and_wait()
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
