"""Every value that holds says where it comes from."""

from pathlib import Path

import pytest

from desired_state.explain import Value, effective
from desired_state.loader import Loaded, load
from desired_state.resource import Resource
from tests.desired_state.texts import container, read


def web(loaded: Loaded) -> Resource:
    return next(resource for resource in loaded.resources if resource.key.name == "web")


def explained(loaded: Loaded) -> dict[str, Value]:
    return {value.path: value for value in effective(web(loaded), loaded.positions)}


def test_a_declared_value_comes_from_its_place() -> None:
    values = explained(read(container("image: x\nports: ['81:80']")))

    assert values["image"] == ("image", "x", "stdin:5:10")
    assert values["ports[0].published"] == ("ports[0].published", "81", "stdin:6:11")


def test_what_nobody_declared_is_a_default() -> None:
    values = explained(read(container("image: x")))

    assert values["replicas"] == ("replicas", 1, "default")
    assert values["restart.policy"] == ("restart.policy", "always", "default")
    assert values["restart.backoff.max"] == ("restart.backoff.max", 60.0, "default")


def test_the_default_network_is_implicit() -> None:
    values = explained(read(container("image: x")))

    assert values["networks.default"] == ("networks.default", {}, "implicit")


def test_what_a_twin_says_is_implicit() -> None:
    values = explained(read(container("image: x\nscale: 3")))

    assert values["replicas"] == ("replicas", 3, "implicit")


@pytest.mark.parametrize(
    ("declared", "order", "unavailable"),
    [
        ("", ("stop-first", "default"), (1, "default")),
        ("\nupdate: {max_unavailable: 0}", ("start-first", "implicit"), (0, "stdin:6:29")),
        ("\nreplicas: 8\nupdate: {max_unavailable: 25%}", ("stop-first", "implicit"), ("25%", "stdin:7:29")),
        ("\ndeploy: {update_config: {order: start-first}}", ("start-first", "implicit"), (0, "implicit")),
    ],
)
def test_how_a_container_is_updated_is_told_with_what_follows_from_the_rest(
    declared: str, order: tuple[str, str], unavailable: tuple[object, str]
) -> None:
    values = explained(read(container(f"image: x{declared}")))

    assert values["update.order"][1:] == order
    assert values["update.max_unavailable"][1:] == unavailable
    assert values["update.monitor"][1:] == (5.0, "default")


def test_a_variable_from_a_file_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "app.env").write_text("A=1\nB=2\n")
    (tmp_path / "web.yaml").write_text(container("image: x\nenv_file: app.env\nenvironment: {A: own}"))

    values = explained(load([tmp_path], environment={}))

    assert values["environment.B"].origin == "env_file app.env:2:1"
    assert values["environment.A"].origin == f"{tmp_path}/web.yaml:7:20"


@pytest.mark.parametrize("unset", ["mem_limit", "labels", "volumes"])
def test_what_is_nothing_by_default_is_left_out(unset: str) -> None:
    assert unset not in explained(read(container("image: x")))


def test_without_positions_the_origin_is_the_source() -> None:
    resource = Resource(web(read(container("image: x"))).key, web(read(container("image: x"))).spec, source="/a.yaml")

    assert effective(resource)[0] == ("image", "x", "/a.yaml")
