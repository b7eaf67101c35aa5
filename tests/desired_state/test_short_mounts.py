"""The grammar of mounts."""

from typing import Any

import pytest

from desired_state.misfits import Misfits
from desired_state.short_mounts import mounts


def bind(source: str, target: str, **more: Any) -> dict[str, Any]:
    return {"type": "bind", "source": source, "target": target, "bind": {"create_host_path": True}} | more


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("/var/cache", {"type": "volume", "target": "/var/cache"}),
        ("data:/data", {"type": "volume", "source": "data", "target": "/data"}),
        ("data:/data:ro", {"type": "volume", "source": "data", "target": "/data", "read_only": True}),
        ("data:/data:nocopy", {"type": "volume", "source": "data", "target": "/data", "volume": {"nocopy": True}}),
        ("./site:/srv", bind("./site", "/srv")),
        ("~/site:/srv:rw", bind("~/site", "/srv")),
        ("/etc:/etc:ro,cached", bind("/etc", "/etc", read_only=True, consistency="cached")),
        (
            "/a:/b:z,rshared",
            bind("/a", "/b", bind={"create_host_path": True, "selinux": "z", "propagation": "rshared"}),
        ),
        ({"type": "tmpfs", "target": "/run"}, {"type": "tmpfs", "target": "/run"}),
    ],
)
def test_one_mount_has_one_long_form(short: Any, long: dict[str, Any]) -> None:
    assert mounts([short]) == [long]


@pytest.mark.parametrize(
    ("short", "advice"),
    [
        ("data", "not an absolute path"),
        ("/data:ro", "not an absolute path"),
        ("site/html:/srv", "write ./site/html:/srv for a path"),
        (":/srv", "names no volume"),
        ("a:/b:ro:x", "too many colons"),
        ("a:/b:fast", "unknown option 'fast'"),
        (7, "not a mount"),
    ],
)
def test_a_wrong_mount_says_what_to_write(short: Any, advice: str) -> None:
    with pytest.raises(Misfits, match=advice):
        mounts([short])
