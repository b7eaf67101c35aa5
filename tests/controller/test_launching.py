"""What a launch declares: free ports, values for what has none, the companion that is wished."""

from typing import Any

import pytest

from controller.errors import ServiceError
from controller.launching import Free, Launch, Wanted, launch
from desired_state.key import Key
from desired_state.solution import SolutionSpec

API = Key("Container", "web", "api")


def launched(spec: dict[str, Any], free: Free = lambda *_: True, **wanted: Any) -> Launch:
    return launch(SolutionSpec.from_declared({"context": "/src", **spec}), Wanted(API, **wanted), free)


def container(spec: dict[str, Any], free: Free = lambda *_: True, **wanted: Any) -> Any:
    return launched(spec, free, **wanted).documents[-1]["spec"]


def test_what_is_not_built_yet_is_built() -> None:
    image, made = launched({"dockerfile_path": "web/Dockerfile", "build_args": {"A": "1"}}).documents

    assert image["spec"] == {"build": {"context": "/src", "dockerfile": "web/Dockerfile", "args": {"A": "1"}}}
    assert made["spec"]["image"] == {"resource": "api"}


@pytest.mark.parametrize(
    ("exposed", "taken", "ports"),
    [
        (["8000"], set(), ["8000:8000"]),
        (["80"], set(), ["8080:80"]),
        (["8000"], {8000, 8001}, ["8002:8000"]),
        (["80", "8080"], set(), ["8080:80", "8081:8080"]),
        (["53/udp"], set(), ["8053:53/udp"]),
    ],
)
def test_a_free_port_of_the_host_is_found(exposed: list[str], taken: set[int], ports: list[str]) -> None:
    assert container({"exposed_ports": exposed}, lambda port, _: port not in taken)["ports"] == ports


def test_a_port_that_was_asked_for_is_had_or_refused() -> None:
    spec = {"exposed_ports": ["8000"]}

    assert container(spec, ports={"8000": 9000})["ports"] == ["9000:8000"]
    with pytest.raises(ServiceError, match="9000 is taken"):
        launched(spec, lambda port, _: port != 9000, ports={"8000": 9000})
    with pytest.raises(ServiceError, match="no port 1"):
        launched(spec, ports={"1": 9000})


def test_a_variable_without_a_value_has_to_be_given() -> None:
    spec = {"environment": {"DEBUG": "0", "API_KEY": None, "URL": None}}

    with pytest.raises(ServiceError, match="no value: API_KEY, URL"):
        launched(spec)
    given = container(spec, environment={"URL": "http://x"}, secrets={"API_KEY": "keys:api"})

    assert given["environment"] == {"DEBUG": "0", "URL": "http://x", "API_KEY": {"secret": "keys", "key": "api"}}


def test_a_secret_that_is_given_openly_is_told() -> None:
    spec = {"environment": {"API_KEY": None}}

    assert "API_KEY looks secret" in launched(spec, environment={"API_KEY": "hush"}).notes[0]


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        ({"enabled": True}, None),
        ({"enabled": False}, "off"),
        ({"capabilities": ["monitoring", "logs"]}, "monitoring,logs"),
    ],
)
def test_the_companion_is_as_wished(wish: dict[str, Any], word: str | None) -> None:
    metadata = launched({"container_ci": wish}).documents[-1]["metadata"]

    assert metadata.get("annotations", {}).get("ergon.dev/container-ci") == word


def test_replicas_have_a_port_each() -> None:
    made = container({"exposed_ports": ["80", "8081"]}, lambda port, _: port != 8081, replicas=3)

    assert made["ports"] == ["8082-8084:80", "8085-8087:8081"]
