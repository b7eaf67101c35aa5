"""What others made is never touched; what they hold is a conflict until they let go."""

import pytest

from tests.e2e.conftest import Install
from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon, wait_for

pytestmark = pytest.mark.docker


def test_a_name_held_by_somebody_else_is_a_conflict_that_clears_by_itself(
    ergon: Ergon, hands: Hands, image: str
) -> None:
    foreign = hands.run(image, f"{ergon.namespace}-web-1")
    before = hands.lasting(foreign)
    ergon.apply(ergon.network("inside"), ergon.container("web", image, networks=["inside"]))

    conflict = ergon.wait_until("web", phase="Conflict", reason="NameTaken")

    assert foreign[:12] in conflict["message"]
    assert hands.lasting(foreign) == before
    hands.api.remove_container(foreign, force=True)
    ergon.settle()


def test_a_name_taken_away_is_a_conflict_until_its_holder_is_renamed(ergon: Ergon, hands: Hands, image: str) -> None:
    web = f"{ergon.namespace}-web-1"
    ergon.apply(ergon.network("inside"), ergon.container("web", image, networks=["inside"]))
    ergon.settle()
    ergon.ask("pause", names=["container/web"], namespace=ergon.namespace, reason="somebody works on it")
    hands.api.remove_container(web, force=True)
    foreign = hands.run(image, web)
    ergon.ask("resume", names=["container/web"], namespace=ergon.namespace)

    ergon.wait_until("web", phase="Conflict", reason="NameTaken")

    hands.api.rename(foreign, f"{ergon.namespace}-foreign")
    ergon.settle()
    assert hands.state(foreign) == "running"


def test_a_network_of_somebody_else_is_a_conflict_that_clears_by_itself(ergon: Ergon, hands: Hands, image: str) -> None:
    name = f"{ergon.namespace}_inside"
    foreign = hands.api.create_network(name, check_duplicate=True)["Id"]
    before = hands.api.inspect_network(foreign)
    ergon.apply(ergon.network("inside"), ergon.container("web", image, networks=["inside"]))

    ergon.wait_until("inside", phase="Conflict", reason="NameTaken")

    assert hands.api.inspect_network(foreign) == before
    hands.api.remove_network(foreign)
    ergon.settle()


def test_a_volume_of_somebody_else_is_a_conflict_that_clears_by_itself(ergon: Ergon, hands: Hands, image: str) -> None:
    name = f"{ergon.namespace}_data"
    before = hands.api.create_volume(name)
    web = ergon.container("web", image, networks=["inside"], volumes=["data:/data"])
    ergon.apply(ergon.network("inside"), ergon.volume("data"), web)

    ergon.wait_until("data", phase="Conflict", reason="NameTaken")

    assert hands.api.inspect_volume(name) == before
    hands.api.remove_volume(name)
    ergon.settle()


def test_everything_can_be_taken_down_beside_what_others_made(
    ergon: Ergon, hands: Hands, image: str, host: str, installed: Install
) -> None:
    neighbour = installed(host)
    neighbour.start_and_wait()
    neighbour.apply(neighbour.network("inside"), neighbour.container("web", image, networks=["inside"]))
    neighbour.settle()
    foreign = hands.run(image, f"{ergon.namespace}-foreign")
    others = [foreign, f"{neighbour.namespace}-web-1"]
    before = [hands.lasting(other) for other in others]
    ergon.apply(ergon.network("inside"), ergon.container("web", image, replicas=2, networks=["inside"]))
    ergon.settle()

    downed = ergon.run("down", "--all", "--yes", "--volumes")

    assert downed.code == 0, downed.stderr
    wait_for(lambda: not ergon.resources(), "everything to be gone")
    # A busy daemon lists for a moment what it no longer finds.
    wait_for(lambda: hands.names(ergon.namespace) == [f"{ergon.namespace}-foreign"], "the list to hold the other alone")
    assert [hands.lasting(other) for other in others] == before
