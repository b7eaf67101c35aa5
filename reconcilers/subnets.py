"""Whether a network's declared address pools are free on this engine."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network

from desired_state.network import NetworkSpec
from observed_state.network import Network


def taken(spec: NetworkSpec, others: Iterable[Network]) -> str:
    """Return which declared subnet overlaps with which network that is there already, "" when none does.

    Docker would refuse it only after the former network has gone. Address managers other than
    Docker's own keep their own books.
    """
    if spec.ipam is None or spec.ipam.driver not in (None, "default"):
        return ""
    wanted = [subnet for pool in spec.ipam.config or () for subnet in _parsed(pool.subnet)]
    for other in others:
        for held in other.subnets:
            for theirs in _parsed(held.subnet):
                if clash := next((ours for ours in wanted if _overlap(ours, theirs)), None):
                    return f'subnet {clash} overlaps with {theirs} of the network "{other.name}"'
    return ""


def _parsed(text: str | None) -> Iterator[IPv4Network | IPv6Network]:
    try:
        if text:
            yield ip_network(text, strict=False)
    except ValueError:
        return


def _overlap(one: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    return one.version == other.version and one.overlaps(other)
