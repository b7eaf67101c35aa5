"""Volumes in the create body."""

from typing import Any

import pytest

from desired_state.volume import VolumeSpec
from engine.bodies import container_body, volume_body
from tests.engine.spec_builders import NEW, OLD, host_of, new_of


def bind(**options: Any) -> dict[str, Any]:
    return {"type": "bind", "source": "/srv/data", "target": "/data", **options}


@pytest.mark.parametrize(
    ("mount", "sent"),
    [
        ("/srv/data:/data", "/srv/data:/data"),
        ("/srv/data:/data:ro", "/srv/data:/data:ro"),
        (bind(read_only=True, bind={"selinux": "z", "propagation": "rslave"}), "/srv/data:/data:ro,z,rslave"),
    ],
)
def test_a_bind_that_makes_its_host_path_is_sent_in_the_form_every_engine_knows(mount: Any, sent: str) -> None:
    host = host_of(OLD, volumes=[mount])

    assert host["Binds"] == [sent]
    assert "Mounts" not in host


def test_a_bind_that_must_exist_is_a_mount() -> None:
    host = host_of(volumes=[bind(bind={"create_host_path": False})])

    assert host["Mounts"] == [{"Type": "bind", "Source": "/srv/data", "Target": "/data"}]
    assert "Binds" not in host


def test_a_bind_with_a_colon_in_its_path_is_a_mount_that_makes_its_path() -> None:
    mount = {"type": "bind", "source": "/srv/a:b", "target": "/data"}

    (sent,) = host_of(volumes=[mount])["Mounts"]

    assert sent["BindOptions"] == {"CreateMountpoint": True}


@pytest.mark.parametrize(
    ("recursive", "option"),
    [("disabled", "NonRecursive"), ("writable", "ReadOnlyNonRecursive"), ("readonly", "ReadOnlyForceRecursive")],
)
def test_recursion_is_an_option_of_the_mount(recursive: str, option: str) -> None:
    (sent,) = host_of(volumes=[bind(bind={"recursive": recursive})])["Mounts"]

    assert sent["BindOptions"][option] is True


def test_a_named_volume_is_mounted_under_dockers_name() -> None:
    new = new_of({"volumes": ["data:/data"]}, volumes={"data": "shop_data"})

    (sent,) = container_body(new, NEW)["HostConfig"]["Mounts"]

    assert (sent["Type"], sent["Source"], sent["Target"]) == ("volume", "shop_data", "/data")


def test_an_anonymous_volume_has_no_source() -> None:
    (sent,) = host_of(volumes=[{"type": "volume", "target": "/data"}])["Mounts"]

    assert sent == {"Type": "volume", "Target": "/data"}


def test_options_of_a_volume_and_a_memory_file_system_are_sent() -> None:
    volume = {"type": "volume", "source": "data", "target": "/a", "volume": {"nocopy": True, "subpath": "x"}}
    memory = {"type": "tmpfs", "target": "/b", "tmpfs": {"size": "1M", "mode": 0o700}}

    first, second = host_of(volumes=[volume, memory])["Mounts"]

    assert first["VolumeOptions"] == {"NoCopy": True, "Subpath": "x"}
    assert second["TmpfsOptions"] == {"SizeBytes": 1 << 20, "Mode": 0o700}


def test_a_folder_to_put_files_into_is_an_anonymous_volume() -> None:
    new = new_of(scratch=["/run/secrets"])

    assert container_body(new, NEW)["HostConfig"]["Mounts"] == [{"Type": "volume", "Target": "/run/secrets"}]


def test_tmpfs_keeps_its_options() -> None:
    assert host_of(tmpfs=["/run", "/tmp:size=1m,mode=1777"])["Tmpfs"] == {"/run": "", "/tmp": "size=1m,mode=1777"}


def test_volumes_from_a_service_come_from_its_container() -> None:
    new = new_of({"volumes_from": ["db:ro", "container:backup"]}, parents={"db": "f00"})

    assert container_body(new, NEW)["HostConfig"]["VolumesFrom"] == ["f00:ro", "backup"]


def test_a_volume_is_made_with_its_driver_options_and_both_kinds_of_labels() -> None:
    spec = VolumeSpec.model_validate({"driver_opts": {"type": "nfs"}, "labels": {"tier": "back"}})

    assert volume_body("shop_data", spec, {"ergon.dev/kind": "Volume"}) == {
        "Name": "shop_data",
        "DriverOpts": {"type": "nfs"},
        "Labels": {"tier": "back", "ergon.dev/kind": "Volume"},
    }
