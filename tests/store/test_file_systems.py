"""The store is kept off file systems that other machines write to."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from store.database import Store
from store.errors import StoreUnwritable
from store.file_systems import network_file_system

Mounts = Callable[..., None]


@pytest.fixture
def mounts(monkeypatch: pytest.MonkeyPatch) -> Mounts:
    """Return what makes the kernel's list of mounts read as given: path to kind."""

    def given(**kinds: str) -> None:
        rows = [SimpleNamespace(mountpoint=path, fstype=kind) for path, kind in kinds.items()]
        monkeypatch.setattr(psutil, "disk_partitions", lambda all: rows)  # noqa: A006 - psutil's own name

    return given


def test_this_machines_own_folders_are_local(tmp_path: Path) -> None:
    assert network_file_system(tmp_path) == ""


def test_the_innermost_mount_counts(tmp_path: Path, mounts: Mounts) -> None:
    (tmp_path / "local").mkdir()
    mounts(**{"/": "ext4", str(tmp_path): "nfs4", str(tmp_path / "local"): "xfs"})

    assert network_file_system(tmp_path / "deep" / "below") == "nfs4"
    assert network_file_system(tmp_path / "local" / "below") == ""


def test_a_link_is_followed_to_where_the_folder_is(tmp_path: Path, mounts: Mounts) -> None:
    (tmp_path / "remote").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "remote")
    mounts(**{"/": "ext4", str(tmp_path / "remote"): "cifs"})

    assert network_file_system(tmp_path / "link") == "cifs"


def test_a_store_is_refused_there_with_the_next_step_and_leaves_nothing(tmp_path: Path, mounts: Mounts) -> None:
    mounts(**{"/": "ext4", str(tmp_path): "nfs"})

    with pytest.raises(StoreUnwritable, match=r"network file system \(nfs\).*ERGON_STATE_DIR"):
        Store.open(tmp_path / "state")

    assert list((tmp_path / "state").iterdir()) == []
