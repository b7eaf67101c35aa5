"""The shop of the examples: applied once it stands, applied twice it costs Docker nothing."""

from collections.abc import Iterator

import docker
import pytest

from examples.shop import images as shop_images
from tests.e2e.hands import Hands
from tests.e2e.harness import ROOT, Ergon
from tests.e2e.proxy import CountingProxy
from tools.messages import Impossible

pytestmark = pytest.mark.docker

SHOP = ROOT / "examples" / "shop" / "shop.yaml"
NAMESPACE = "shop"


@pytest.fixture
def stock(hands: Hands, host: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The shop's images, on an engine that has no shop yet; what is made in it is removed."""
    if hands.containers(NAMESPACE):
        pytest.skip("this engine has a shop already")
    monkeypatch.setenv("DOCKER_HOST", host)
    client = docker.DockerClient(base_url=host, version="auto")
    try:
        with shop_images.present(client):
            yield
            hands.clear(NAMESPACE)
    except Impossible as reason:
        pytest.skip(str(reason))
    finally:
        client.close()


def test_the_shop_is_applied_without_a_difference_left_and_again_without_a_write(
    stock: None, idle_ergon: Ergon, proxy: CountingProxy
) -> None:
    idle_ergon.start_and_wait()
    first = idle_ergon.run("apply", str(SHOP), "--wait")
    shown = idle_ergon.diff()
    before = proxy.writes

    second = idle_ergon.run("apply", str(SHOP), "--wait")
    shown_again = idle_ergon.diff("--live")

    idle_ergon.kill()
    assert (first.code, second.code) == (0, 0), first.stderr + second.stderr
    assert (shown.code, shown_again.code) == (0, 0), shown.stdout + shown_again.stdout
    assert "POST /containers/create" in before
    assert proxy.writes == before
