"""What a Compose file says becomes resources, or is refused or left out with a reason and a place."""

from pathlib import Path
from typing import Any

import pytest

from desired_state.compose.vocabulary import IGNORED, REFUSED, SERVICE_FIELDS
from desired_state.container import ContainerSpec
from desired_state.loader import Loaded, load
from desired_state.problems import StateFileError


def read(text: str, **more: Any) -> Loaded:
    return load(["-"], environment={}, stdin=text, namespace="shop", **more)


def declared(loaded: Loaded) -> dict[str, dict[str, Any]]:
    return {f"{one.key.kind} {one.key.name}": one.spec.declared() for one in loaded.resources}


def test_every_part_becomes_a_resource_of_its_kind() -> None:
    text = """
services:
  web: {image: x, networks: [front], volumes: ["data:/data"], configs: [site], secrets: [password]}
networks: {front: {driver: bridge, x-note: any}}
volumes: {data: {external: true, name: kept}}
configs: {site: {content: hello}}
secrets: {password: {environment: PASSWORD}}
"""
    found = declared(read(text))

    assert found["Network front"] == {"driver": "bridge"}
    assert found["Volume data"] == {"external": True, "name": "kept"}
    assert found["Config site"] == {"content": "hello"}
    assert found["Secret password"] == {"env": "PASSWORD"}
    assert found["Container web"]["networks"] == {"front": {}}


def test_a_build_becomes_an_image_resource() -> None:
    found = declared(read("services: {web: {build: {context: /src, target: prod}, image: 'shop/web:1'}}"))

    assert found["Image web"] == {"reference": "shop/web:1", "build": {"context": "/src", "target": "prod"}}
    assert found["Container web"]["image"] == {"resource": "web"}


def test_what_others_wait_for_to_complete_is_not_started_again() -> None:
    text = """
services:
  web: {image: x, depends_on: {job: {condition: service_completed_successfully}}}
  job: {image: y}
"""
    found = declared(read(text))

    assert found["Container job"]["restart"] == {"policy": "never"}
    assert "restart" not in found["Container web"]


@pytest.mark.parametrize(
    ("folder", "text", "name"),
    [
        ("My Shop!", "services: {web: {image: x}}", "myshop"),
        ("any", "name: shop\nservices: {web: {image: x}}", "shop"),
    ],
)
def test_the_project_s_name_is_the_namespace(tmp_path: Path, folder: str, text: str, name: str) -> None:
    (tmp_path / folder).mkdir()
    file = tmp_path / folder / "compose.yaml"
    file.write_text(text)

    assert {one.key.namespace for one in load([file], environment={}).resources} == {name}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "services:\n  web:\n    imgae: x\n    image: y",
            'stdin:3:5: service "web": unknown field "imgae"; did you mean',
        ),
        ("services:\n  web: {image: x, ports: [nonsense]}", 'stdin:2:27: service "web": ports[0]: '),
        ("services:\n  web: {}", 'stdin:2:3: service "web" has neither an image nor a build'),
        ("services:\n  web: x", 'stdin:2:8: service "web" must be a map'),
        ("services:\n  web: {image: x, provider: {}}", 'stdin:2:19: service "web": provider is not supported'),
        ("services:\n  web: {image: x, volumes: ['data:/data']}", 'no Volume "data" in namespace shop'),
        ("services: {web: {image: x}}\nmodels: {}", "stdin:2:1: models are not supported"),
        ("services: {web: {image: x}}\nvolume: {}", 'stdin:2:1: unknown attribute "volume"; did you mean "volumes"?'),
        ("services: {Web: {image: x}}", "can't be a name"),
        ("services: {web: {image: '${A:?is needed}'}}", "stdin:1:25: variable A is needed: is needed"),
        ("services: {web: {image: x}}\nsecrets: {a: {external: true}}", 'stdin:2:25: "a": external is not supported'),
        ("services: {web: {image: x, extends: nothing}}", 'extends names the service "nothing"'),
        ("services: {}", "there are no services in it"),
    ],
)
def test_what_can_t_be_is_refused_at_its_place(text: str, problem: str) -> None:
    with pytest.raises(StateFileError) as refused:
        read(text)

    assert any(problem in str(one) for one in refused.value.problems), refused.value


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("services: {web: {image: x, develop: {}}}", 'stdin:1:28: service "web": develop is left out'),
        ("services: {web: {image: x, deploy: {placement: {}}}}", 'service "web": deploy.placement is left out'),
        ("services: {web: {image: 'x$A'}}", "stdin:1:25: variable A is not set, and empty therefore"),
    ],
)
def test_what_means_nothing_here_is_told(text: str, warning: str) -> None:
    [told] = read(text).warnings

    assert warning in told


def test_extensions_anchors_and_the_version_are_fine() -> None:
    text = """
version: "3.8"
x-common: &common {restart: unless-stopped, x-note: any}
services:
  web: {<<: *common, image: x}
"""
    loaded = read(text)

    assert declared(loaded)["Container web"]["restart"] == {"policy": "unless-stopped"}
    assert loaded.warnings == ()


def test_values_know_where_they_were_written(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services:\n  web: {image: x}")
    (tmp_path / "more.yaml").write_text("services:\n  web:\n    user: me")
    loaded = load([tmp_path / "compose.yaml", tmp_path / "more.yaml"], environment={}, namespace="shop")
    [_, web] = loaded.resources

    image, user = (loaded.positions.place(web.key, ("spec", field)) for field in ("image", "user"))

    assert (str(image), str(user)) == (f"{tmp_path}/compose.yaml:2:16", f"{tmp_path}/more.yaml:3:11")


def test_nothing_is_refused_or_left_out_that_a_container_can_have() -> None:
    known = ContainerSpec.model_fields.keys()

    assert known.isdisjoint(REFUSED)
    assert known.isdisjoint(IGNORED)
    assert known >= SERVICE_FIELDS
