"""What a connected engine is too old for: declared fields its API version would drop without a word, or refuse.

Docker Engine API, version history. A planner that knows shows the field as unsupported instead of
finding the same "drift" for ever.
"""

from collections.abc import Iterator

from desired_state.container import ContainerSpec
from desired_state.container_parts import Join, Mount
from desired_state.network import NetworkSpec
from engine.bodies.devices import is_cdi
from engine.bodies.mounts import needs_mountpoint

_Needs = Iterator[tuple[str, tuple[int, int]]]


def unsupported(spec: ContainerSpec | NetworkSpec, api_version: tuple[int, int]) -> list[tuple[str, str]]:
    """Return (path, why) for each declared field that an engine of this API version can't honour.

    Paths are spelt as in a diff: `spec.networks.front.gw_priority`, `spec.volumes[/data].volume.subpath`.
    """
    needs = _network_needs(spec) if isinstance(spec, NetworkSpec) else _container_needs(spec)
    return [
        (f"spec.{path}", f"needs Docker API {_text(least)} or later; this engine speaks {_text(api_version)}")
        for path, least in needs
        if api_version < least
    ]


def _text(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _network_needs(spec: NetworkSpec) -> _Needs:
    if spec.enable_ipv4 is not None:
        yield "enable_ipv4", (1, 48)


def _container_needs(spec: ContainerSpec) -> _Needs:
    if spec.platform is not None:
        yield "platform", (1, 41)
    if spec.cgroup is not None:
        yield "cgroup", (1, 41)
    if spec.annotations:
        yield "annotations", (1, 43)
    if spec.healthcheck is not None and spec.healthcheck.start_interval is not None:
        yield "healthcheck.start_interval", (1, 44)
    for device in spec.devices or ():
        if is_cdi(device):
            yield f"devices[{device.source}]", (1, 44)
    for name, join in spec.joins.items():
        yield from _join_needs(f"networks.{name}", join)
    for mount in spec.volumes:
        yield from _mount_needs(f"volumes[{mount.target}]", mount)


def _join_needs(path: str, join: Join) -> _Needs:
    if join.mac_address is not None:
        yield f"{path}.mac_address", (1, 44)
    if join.gw_priority is not None:
        yield f"{path}.gw_priority", (1, 48)
    if join.interface_name is not None:
        yield f"{path}.interface_name", (1, 48)


def _mount_needs(path: str, mount: Mount) -> _Needs:
    if mount.type == "image":
        yield f"{path}.type", (1, 48)
    if mount.volume is not None and mount.volume.subpath is not None:
        yield f"{path}.volume.subpath", (1, 45)
    if mount.bind is not None and mount.bind.recursive in ("writable", "readonly"):
        yield f"{path}.bind.recursive", (1, 44)
    if needs_mountpoint(mount):
        yield f"{path}.bind.create_host_path", (1, 42)
