"""Networks and volumes as they would be declared."""

from typing import Any

from engine.bodies.given import filled, given
from observed_state.network import Network
from observed_state.volume import Volume


def network_fields(network: Network) -> dict[str, Any]:
    """Return the fields of the spec that would make this network.

    Address pools are among them although Docker may have chosen them: it does not tell.
    """
    pools = [
        filled(
            {
                "subnet": pool.subnet,
                "gateway": pool.gateway,
                "ip_range": pool.ip_range,
                "aux_addresses": dict(pool.aux_addresses),
            }
        )
        for pool in network.subnets
    ]
    driver = None if network.ipam_driver == "default" else network.ipam_driver
    return given(
        {
            "driver": network.driver or None,
            "driver_opts": dict(network.options) or None,
            "internal": network.internal or None,
            "attachable": network.attachable or None,
            "enable_ipv6": network.enable_ipv6 or None,
            "ipam": filled({"driver": driver, "config": pools}) or None,
            "labels": dict(network.labels) or None,
        }
    )


def volume_fields(volume: Volume) -> dict[str, Any]:
    """Return the fields of the spec that would make this volume."""
    return filled({"driver": volume.driver, "driver_opts": dict(volume.options), "labels": dict(volume.labels)})
