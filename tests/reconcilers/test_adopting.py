"""What is recorded of a container that somebody else made: the declaration, as far as the container is like it."""

from typing import Any

import pytest

from observed_state.container import Attachment, Container, RestartPolicy
from reconcilers.adopting import Candidate, adoption, adoption_change, things_spec
from tests.reconcilers.worlds import image_fact, web, world

FOUND = Container("f" * 64, "db", "busybox", "sha256:1111", "running")


def made_from(declared: dict[str, Any], asked: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Return the spec that is recorded, where these fields of the declaration ask Docker for others than it has."""
    seen = world(web(network_mode="bridge", **declared))
    mode = {"network_mode": "bridge"}
    candidate = Candidate(1, FOUND, asked | mode, found | mode, {}, {})
    recorded = dict(adoption(seen, candidate).made_from)
    return {name: value for name, value in recorded.items() if name not in ("image", "network_mode")}


def same(fields: dict[str, Any], asked: dict[str, Any] | None = None, **found: Any) -> bool:
    return made_from(fields, asked or fields, found) == fields


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        ({"environment": {"A": "1"}}, {"environment": {"A": "1", "PATH": "/bin"}}),
        ({"expose": ["80"]}, {"expose": ["80", "90"]}),
        ({"healthcheck": {"retries": 3}}, {"healthcheck": {"test": ["CMD", "x"], "retries": 3}}),
        ({"ports": [{"target": 80, "published": "8080-8083"}]}, {"ports": [{"target": 80, "published": "8081"}]}),
        (
            {"volumes": [{"type": "volume", "target": "/d"}]},
            {"volumes": [{"type": "volume", "source": "x", "target": "/d"}]},
        ),
    ],
)
def test_what_is_declared_and_there_is_the_same_whatever_else_is(
    declared: dict[str, Any], found: dict[str, Any]
) -> None:
    assert same(declared, **found)


@pytest.mark.parametrize(
    ("declared", "found", "recorded"),
    [
        ({"environment": {"A": "1", "B": "2"}}, {"environment": {"A": "3"}}, {"environment": {"A": "3"}}),
        ({"command": ["a"]}, {"command": ["b"]}, {"command": ["b"]}),
        ({"cap_add": ["A"]}, {}, {}),
        (
            {"ports": [{"target": 80, "published": "1"}]},
            {"ports": [{"target": 80, "published": "2"}]},
            {"ports": [{"target": 80, "published": "2"}]},
        ),
    ],
)
def test_what_differs_is_recorded_as_it_is_found(
    declared: dict[str, Any], found: dict[str, Any], recorded: dict[str, Any]
) -> None:
    assert made_from(declared, declared, found) == recorded


def test_a_limit_is_recorded_where_the_declaration_writes_it() -> None:
    declared = {"deploy": {"resources": {"limits": {"memory": 64}}}}

    assert made_from(declared, {"mem_limit": 64}, {"mem_limit": 32}) == {
        "deploy": {"resources": {"limits": {"memory": 32}}}
    }


def test_a_reference_to_a_secret_can_not_be_compared_and_stays() -> None:
    declared = {"environment": {"A": "1", "PASSWORD": {"secret": "db"}}}

    recorded = made_from(declared, {"environment": {"A": "1"}}, {"environment": {"A": "2", "PASSWORD": "x"}})

    assert recorded["environment"] == {"A": "2", "PASSWORD": {"secret": "db"}}


@pytest.mark.parametrize(("image", "image_id", "recorded"), [
    ("busybox", "sha256:moved", "busybox"),
    ("another", "sha256:1111", "busybox"),
    ("another", "sha256:other", "another"),
])  # fmt: skip
def test_an_image_is_another_when_neither_name_nor_content_are_the_same(
    image: str, image_id: str, recorded: str
) -> None:
    seen = world(web(network_mode="bridge"), image=image_fact("busybox", "sha256:1111"))
    container = Container("f" * 64, "db", image, image_id, "running")
    mode = {"network_mode": "bridge"}

    assert adoption(seen, Candidate(1, container, mode, mode, {}, {})).made_from["image"] == recorded


def test_the_networks_it_is_on_are_recorded_and_no_others() -> None:
    seen = world(web(networks=["front", "back"]))
    container = Container(
        "f" * 64, "db", "busybox", "sha256:1111", "running", networks={"shop_front": Attachment("shop_front")}
    )
    asked = {"networks": {"shop_front": {"aliases": ["web"]}, "shop_back": {"aliases": ["web"]}}}
    networks = {"front": "shop_front", "back": "shop_back"}

    deed = adoption(seen, Candidate(1, container, asked, {"networks": {"shop_front": {}}}, {}, networks))

    assert deed.networks == {"front": "shop_front"}


def test_an_adoption_says_who_restarts_from_now_on_and_what_is_not_declared() -> None:
    seen = world(web(network_mode="bridge", environment={"A": "1"}))
    container = Container("f" * 64, "db", "busybox", "sha256:1111", "running", restart_policy=RestartPolicy("always"))
    unusual = {"environment": {"A": "1", "B": "2"}, "privileged": True, "network_mode": "bridge"}

    change = adoption_change(seen, Candidate(1, container, {"environment": {"A": "1"}}, {}, unusual, {}))

    assert [(field.path, field.observed) for field in change.fields] == [
        ("spec.restart", "always, by Docker"),
        ("spec.environment.B", "2"),
        ("spec.privileged", True),
    ]


def test_a_network_of_another_driver_is_recorded_as_that() -> None:
    assert things_spec({"driver": "overlay", "name": "x"}, {"driver": "bridge"}) == {"driver": "bridge", "name": "x"}
