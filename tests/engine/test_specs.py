"""What Docker holds is read back as what was declared, and without what nobody declared."""

from typing import Any

import pytest

from desired_state.container import ContainerSpec
from engine.protocol import NewContainer
from engine.specs import as_declared, container_fields, network_fields, without_defaults
from observed_state.container import Container
from observed_state.engine import EngineInfo
from observed_state.image import Image
from observed_state.network import Network, Subnet
from tests.e2e.specs import SPECS

ENGINE = EngineInfo("id", "28.5", (1, 51), cgroup_version="2")


def new(**spec: Any) -> NewContainer:
    parsed = ContainerSpec.model_validate({"image": "web", **spec})
    networks = {name: f"shop_{name}" for name in parsed.joins}
    return NewContainer("shop-web-1", parsed, "web", networks=networks, volumes={"data": "shop_data"})


def container(config: dict[str, Any] | None = None, host: dict[str, Any] | None = None, **more: Any) -> Container:
    frozen = {"Config": config or {}, "HostConfig": {"IpcMode": "private", "ShmSize": 64 << 20, **(host or {})}}
    frozen["HostConfig"].setdefault("MaskedPaths", ["/proc/kcore"])
    return Container("f" * 64, "web", "web", "sha256:1", "running", network_mode="bridge", frozen=frozen, **more)


def unusual(seen: Container, **image: Any) -> dict[str, Any]:
    fields = without_defaults(container_fields(seen), seen, Image("sha256:1", config=image), ENGINE)
    return {name: value for name, value in fields.items() if name != "network_mode"}


@pytest.mark.parametrize("name", SPECS)
def test_a_body_reads_back_as_the_spec_it_was_made_from(name: str) -> None:
    wanted = new(**SPECS[name])

    once = as_declared(wanted, (1, 51))
    fields = container_fields(once)
    if "networks" in fields:
        fields["networks"] = {name: fields["networks"][f"shop_{name}"] for name in wanted.spec.joins}
    again = as_declared(new(**fields), (1, 51))

    assert container_fields(again) == container_fields(once)


@pytest.mark.parametrize(
    ("config", "image"),
    [
        ({"Env": ["A=1"], "User": "me"}, {"Env": ["A=1"], "User": "me"}),
        ({"Cmd": ["serve"], "Entrypoint": ["run"]}, {"Cmd": ["serve"], "Entrypoint": ["run"]}),
        ({"ExposedPorts": {"80/tcp": {}}}, {"ExposedPorts": {"80/tcp": {}}}),
        ({"Healthcheck": {"Test": ["CMD", "x"], "Retries": 3}}, {"Healthcheck": {"Test": ["CMD", "x"], "Retries": 3}}),
        ({"WorkingDir": "/"}, {}),
        ({"StopSignal": "SIGQUIT"}, {"StopSignal": "SIGQUIT"}),
        ({"Hostname": "f" * 12}, {}),
        ({"StopTimeout": 10}, {}),
    ],
)
def test_what_the_image_or_everybody_has_is_nobody_s_wish(config: dict[str, Any], image: dict[str, Any]) -> None:
    assert unusual(container(config), **image) == {}


@pytest.mark.parametrize(
    ("config", "image", "declared"),
    [
        ({"Env": ["A=2"]}, {"Env": ["A=1"]}, {"environment": {"A": "2"}}),
        ({"Cmd": ["other"]}, {"Cmd": ["serve"]}, {"command": ["other"]}),
        # With an entrypoint of one's own, the image's command does not count: the same words were somebody's.
        (
            {"Entrypoint": ["other"], "Cmd": ["serve"]},
            {"Entrypoint": ["run"], "Cmd": ["serve"]},
            {"entrypoint": ["other"], "command": ["serve"]},
        ),
        (
            {"Healthcheck": {"Test": ["NONE"]}},
            {"Healthcheck": {"Test": ["CMD", "x"]}},
            {"healthcheck": {"disable": True}},
        ),
        (
            {"Healthcheck": {"Test": ["CMD", "x"], "Retries": 5}},
            {"Healthcheck": {"Test": ["CMD", "x"]}},
            {"healthcheck": {"retries": 5}},
        ),
    ],
)
def test_what_differs_from_the_image_was_somebody_s_wish(
    config: dict[str, Any], image: dict[str, Any], declared: dict[str, Any]
) -> None:
    assert unusual(container(config), **image) == declared


@pytest.mark.parametrize(
    ("host", "declared"),
    [
        ({"Binds": ["data:/data:ro"]}, [{"type": "volume", "source": "data", "target": "/data", "read_only": True}]),
        (
            {"Binds": ["/etc/x:/x:rw,rprivate"]},
            [{"type": "bind", "source": "/etc/x", "target": "/x", "bind": {"create_host_path": True}}],
        ),
        (
            {"Mounts": [{"Type": "tmpfs", "Target": "/t", "TmpfsOptions": {"SizeBytes": 1024}}]},
            [{"type": "tmpfs", "target": "/t", "tmpfs": {"size": 1024}}],
        ),
    ],
)
def test_mounts_are_read_from_wherever_docker_keeps_them(host: dict[str, Any], declared: list[Any]) -> None:
    assert container_fields(container(host=host))["volumes"] == declared


def test_anonymous_volumes_are_read_by_the_names_that_docker_gave_them() -> None:
    seen = container({"Volumes": {"/data": {}}}, volumes={"/data": "0" * 64})

    assert container_fields(seen)["volumes"] == [{"type": "volume", "source": "0" * 64, "target": "/data"}]


def test_taken_away_masks_are_seen_by_what_is_missing() -> None:
    assert container_fields(container(host={"MaskedPaths": None}))["security_opt"] == ["systempaths=unconfined"]


def test_links_are_read_as_they_are_written() -> None:
    assert container_fields(container(host={"Links": ["/db:/web/store"]}))["external_links"] == ["db:store"]


def test_networks_and_their_pools_are_read_back() -> None:
    network = Network("1", "shop_back", internal=True, subnets=(Subnet("192.0.2.0/24", "192.0.2.1"),))

    assert network_fields(network) == {
        "driver": "bridge",
        "internal": True,
        "ipam": {"config": [{"subnet": "192.0.2.0/24", "gateway": "192.0.2.1"}]},
    }
