"""What people do behind Ergon's back is named while Ergon keeps its hands off, and mended or told when it does not."""

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import installation
from tests.e2e.hands import Hands
from tests.e2e.harness import Json
from tests.e2e.images import Images
from tests.e2e.mutations import MUTATIONS
from tests.e2e.scene import Scene, named, of_one

pytestmark = pytest.mark.docker

each_mutation = pytest.mark.parametrize("name", MUTATIONS)
each_mended = pytest.mark.parametrize("name", [name for name, one in MUTATIONS.items() if one.mended])
each_undeclared = pytest.mark.parametrize("name", [name for name in MUTATIONS if name.startswith("undeclared")])


@pytest.fixture(scope="module")
def scene(host: str, hands: Hands, images: Images) -> Iterator[Scene]:
    """A controller with one running container for each mutation."""
    with installation(hands, host) as ergon:
        scene = Scene(ergon, hands, images["plain"], images["env"])
        scene.set_up()
        yield scene


@pytest.fixture(scope="module")
def before(scene: Scene) -> dict[str, Json]:
    return scene.shapes()


@pytest.fixture(scope="module")
def shown_while_paused(scene: Scene, before: dict[str, Json]) -> Json:
    """What `diff` said after all of it was done to paused resources."""
    assert before
    scene.pause()
    scene.meddle()
    shown = scene.ergon.diff()
    scene.resume()
    scene.wait_for_repairs()
    assert shown.code == 2, shown.stderr
    answer: Json = shown.json
    return answer


@pytest.fixture(scope="module")
def after(scene: Scene, shown_while_paused: Json) -> dict[str, Json]:
    """How each container is once all has been mended that is."""
    assert shown_while_paused
    shapes = scene.shapes()
    scene.undo()
    return shapes


@pytest.fixture(scope="module")
def shown_after_a_crash(scene: Scene, after: dict[str, Json]) -> Json:
    """What `diff` said after the controller had been killed and all of it was done again."""
    assert after
    scene.ergon.kill()
    scene.meddle()
    shown = scene.ergon.diff()
    scene.ergon.start_and_wait()
    scene.wait_for_repairs()
    assert shown.code == 2, shown.stderr
    answer: Json = shown.json
    return answer


def test_there_are_at_least_forty() -> None:
    assert len(MUTATIONS) >= 40


@each_mutation
def test_what_was_done_while_paused_is_named_with_field_and_cause_and_nothing_else_is(
    name: str, scene: Scene, shown_while_paused: Json
) -> None:
    assert of_one(named(shown_while_paused), name) == scene.expected(name)


EVIDENCE = {
    "stop": "docker container stop at ",
    "kill-9": "docker container die exit code 137 at ",
    "docker-kill": "docker container kill signal 9 at ",
    "pause": "docker container pause at ",
    "remove": "docker container destroy at ",
    "memory": "docker container update at ",
    "always": "docker container update at ",
    "rename": "docker container rename from ",
    "leave": "docker network disconnect ",
    "join": "docker network connect ",
    "tag-moved": "docker image tag ",
}


@pytest.mark.parametrize("name", EVIDENCE)
def test_the_event_that_did_it_is_told(name: str, scene: Scene, shown_while_paused: Json) -> None:
    paths = {path for _, path, _ in of_one(named(shown_while_paused), name)}
    told = [
        field["evidence"]
        for change in shown_while_paused["changes"]
        for field in change["fields"]
        if change["name"] == name and field["path"] in paths
    ]

    assert [text for text in told if text.startswith(EVIDENCE[name])]


@each_mended
def test_it_is_mended(name: str, before: dict[str, Json], after: dict[str, Json]) -> None:
    assert after[name] == before[name]


@each_undeclared
def test_what_nobody_declared_is_left_as_somebody_set_it(
    name: str, before: dict[str, Json], after: dict[str, Json]
) -> None:
    assert after[name] != before[name]


@each_mutation
def test_what_was_done_while_no_controller_ran_is_named_just_the_same(
    name: str, scene: Scene, shown_after_a_crash: Json
) -> None:
    assert of_one(named(shown_after_a_crash), name) == scene.expected(name)


def test_a_copy_and_a_stranger_are_never_touched(scene: Scene, shown_after_a_crash: Json) -> None:
    copy, stranger = scene.place("copy").spare, scene.place("stranger").container

    assert shown_after_a_crash
    assert (scene.hands.state(copy), scene.hands.state(stranger)) == ("running", "running")
