"""What is changed below Docker's own calls: its files are edited while it is down."""

import json

import pytest

from tests.e2e.conftest import Install
from tests.e2e.hands import Hands
from tests.e2e.images import Images
from tests.e2e.mutations import Place
from tests.e2e.private_engine import PrivateEngine
from tests.e2e.scene import named

pytestmark = pytest.mark.docker


def test_an_edited_container_is_told_with_its_field_and_left_as_it_is(
    private_engine: PrivateEngine, private_hands: Hands, private_images: Images, installed: Install
) -> None:
    ergon = installed(private_engine.host)
    ergon.start_and_wait()
    ergon.apply(ergon.container("web", private_images["plain"], network_mode="bridge"))
    ergon.settle()
    container = Place(ergon.namespace, "web", ergon.state_dir, "", "").container
    before = private_hands.inspect(container)

    private_engine.end()
    file = private_engine.folder / "data" / "containers" / before["Id"] / "hostconfig.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "ReadonlyRootfs": True, "CapDrop": ["NET_RAW"]}))
    private_engine.start()
    ergon.wait_until("web", ready=True)

    found = named(ergon.diff("--live").json)
    private_hands.clear(ergon.namespace)
    assert found == {("web", "spec.read_only", "drift"), ("web", "spec.cap_drop", "drift")}


def test_a_new_daemon_process_alone_is_no_difference(
    private_engine: PrivateEngine, private_hands: Hands, private_images: Images, installed: Install
) -> None:
    ergon = installed(private_engine.host)
    ergon.start_and_wait()
    ergon.apply(ergon.container("web", private_images["plain"], network_mode="bridge"))
    ergon.settle()

    private_engine.restart()
    ergon.wait_until("web", ready=True)

    found = named(ergon.diff("--live").json)
    private_hands.clear(ergon.namespace)
    assert found == set()
