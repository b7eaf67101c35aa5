"""What is written as a Compose file reads back as what it was, and says what it can't say."""

from typing import Any

import pytest

from desired_state.compose.writing import compose_file
from desired_state.container import ContainerSpec
from desired_state.loader import load
from desired_state.resource import to_document
from tests.e2e.specs import SPECS


def document(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "shop", "labels": {}, "annotations": {}}
    return {"apiVersion": "ergon/v1", "kind": kind, "metadata": metadata, "spec": spec}


def container(**spec: Any) -> dict[str, Any]:
    return document("Container", "web", ContainerSpec.model_validate({"image": "x", **spec}).declared())


OTHERS = [document("Network", name, {}) for name in ("inside", "outside")] + [document("Volume", "data", {})]


@pytest.mark.parametrize("name", sorted(SPECS.keys() - {"restart-delegated"}))
def test_every_spec_reads_back_as_it_was(name: str) -> None:
    written = container(**SPECS[name])

    file = compose_file("shop", [written, *OTHERS])
    loaded = load(["-"], environment={}, stdin=file.text())

    [back] = [to_document(one)["spec"] for one in loaded.resources if one.key.kind == "Container"]
    spec, before = ContainerSpec.from_declared(back), ContainerSpec.from_declared(written["spec"])
    assert spec.replica_count == before.replica_count
    assert spec.effective_restart == before.effective_restart
    ignored = {"restart", "replicas", "deploy"}
    assert {k: v for k, v in back.items() if k not in ignored} == {
        k: v for k, v in written["spec"].items() if k not in ignored
    }
    assert file.unsaid == []


@pytest.mark.parametrize(
    ("spec", "unsaid"),
    [
        ({"probes": {"readiness": {"tcp": {"port": 80}}}}, "web: probes can't be said in a Compose file"),
        ({"environment": {"A": {"secret": "a"}}}, "web: environment.A is taken from a config or secret"),
        ({"restart": {"policy": "always", "backoff": {"max": "5s"}}}, "web: restart: how long Ergon waits"),
    ],
)
def test_what_a_compose_file_can_t_say_stands_at_its_top(spec: dict[str, Any], unsaid: str) -> None:
    text = compose_file("shop", [container(**spec)]).text()

    assert text.startswith(f"# {unsaid}")


def test_a_restart_policy_under_deploy_is_not_said_twice() -> None:
    spec = {"deploy": {"restart_policy": {"condition": "on-failure"}}}

    assert "restart" not in compose_file("shop", [container(**spec)]).content["services"]["web"]


def test_an_image_resource_is_put_where_it_is_used() -> None:
    image = document("Image", "web", {"reference": "shop/web:1", "build": {"context": "/src"}})

    file = compose_file("shop", [image, container(image={"resource": "web"})])

    assert file.content["services"]["web"]["image"] == "shop/web:1"
    assert file.content["services"]["web"]["build"] == {"context": "/src"}


def test_secrets_are_named_and_never_shown() -> None:
    file = compose_file("shop", [document("Secret", "a", {"env": "A"}), document("Secret", "b", {"file": "/b"})])

    assert file.content["secrets"] == {"a": {"environment": "A"}, "b": {"file": "/b"}}
