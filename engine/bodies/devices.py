"""Host devices, GPUs and block-I/O limits by device."""

from collections.abc import Iterable
from typing import Any

from desired_state.container import ContainerSpec
from desired_state.container_parts import BlkioConfig, Device, DeviceRequest, RateDevice
from engine.bodies.given import filled, given


def devices(spec: ContainerSpec) -> dict[str, Any]:
    """Return the parts of `HostConfig` that give access to devices."""
    declared = spec.devices or []
    return filled(
        {
            "Devices": [_device(device) for device in declared if not is_cdi(device)],
            "DeviceRequests": [*_cdi_requests(declared), *(_request(request) for request in _requests(spec))],
            "DeviceCgroupRules": spec.device_cgroup_rules,
        }
    )


def is_cdi(device: Device) -> bool:
    """Return whether the source is a CDI name (`vendor.com/gpu=0`) and not a path."""
    return not device.source.startswith("/") and "=" in device.source


def _device(device: Device) -> dict[str, str]:
    return {
        "PathOnHost": device.source,
        "PathInContainer": device.target or device.source,
        "CgroupPermissions": device.permissions or "rwm",
    }


def _cdi_requests(declared: Iterable[Device]) -> list[dict[str, Any]]:
    names = [device.source for device in declared if is_cdi(device)]
    return [{"Driver": "cdi", "DeviceIDs": names}] if names else []


def _requests(spec: ContainerSpec) -> list[DeviceRequest]:
    resources = spec.deploy.resources if spec.deploy else None
    reserved = resources.reservations.devices if resources and resources.reservations else None
    return [*(spec.gpus or ()), *(reserved or ())]


def _request(request: DeviceRequest) -> dict[str, Any]:
    # All of them, when neither a number nor names are given; Docker would take 0 for "none".
    count = request.count if request.count is not None or request.device_ids else -1
    return given(
        {
            "Driver": request.driver,
            "Count": count,
            "DeviceIDs": request.device_ids,
            "Capabilities": [request.capabilities or ["gpu"]],
            "Options": request.options,
        }
    )


def block_io(config: BlkioConfig | None) -> dict[str, Any]:
    """Return the block-I/O limits by device; the weight of the whole container is a live limit."""
    if config is None:
        return {}
    weights = [{"Path": device.path, "Weight": device.weight} for device in config.weight_device or ()]
    return filled(
        {
            "BlkioWeightDevice": weights,
            "BlkioDeviceReadBps": _rates(config.device_read_bps),
            "BlkioDeviceWriteBps": _rates(config.device_write_bps),
            "BlkioDeviceReadIOps": _rates(config.device_read_iops),
            "BlkioDeviceWriteIOps": _rates(config.device_write_iops),
        }
    )


def _rates(declared: list[RateDevice] | None) -> list[dict[str, Any]]:
    return [{"Path": device.path, "Rate": device.rate} for device in declared or ()]
