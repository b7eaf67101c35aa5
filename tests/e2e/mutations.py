"""What people do to containers, networks, volumes, images and files behind a tool's back: as data, one by one.

Each mutation has a container of its own, declared in the words that Ergon and Compose share, so that the
same ones can be done to both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.hands import Hands

Json = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """What things are called where a mutation is done. `spare` is a free name; `image` is what all run."""

    namespace: str
    name: str
    folder: Path
    image: str
    other_image: str

    @property
    def container(self) -> str:
        return f"{self.namespace}-{self.name}-1"

    @property
    def network(self) -> str:
        return f"{self.namespace}_{self.name}"

    @property
    def volume(self) -> str:
        return f"{self.namespace}_{self.name}"

    @property
    def spare(self) -> str:
        return f"{self.namespace}_spare-{self.name}"

    @property
    def tag(self) -> str:
        """An image reference that only this mutation's container uses."""
        return f"{self.namespace}/{self.name}:1"

    @property
    def file(self) -> Path:
        """The file of the mutation's config or secret."""
        return self.folder / f"{self.name}.conf"


Deed = Callable[[Hands, Place], object]


@dataclass(frozen=True)
class Mutation:
    """A deed, what it is done to, and how it has to be named.

    `spec` is declared beside the image; `needs` are the things of its own name that it has: network,
    networks (two of them), volume, config, secret, tag. `finds` are (path, cause), both of which may be
    about the container or about what it needs. `mended`: Ergon puts it right by itself; else `undo` ends it.
    """

    does: Deed
    finds: frozenset[tuple[str, str]]
    spec: Mapping[str, Any] = field(default_factory=dict)
    needs: str = ""
    mended: bool = True
    undo: Deed | None = None


def _state(does: Deed) -> Mutation:
    return Mutation(does, frozenset({("status.state", "drift")}))


def _update(path: str, declared: Mapping[str, Any], *, mended: bool = True, **sent: Any) -> Mutation:
    """Return a change by `docker update`, in Docker's own names, which names one field."""
    return Mutation(
        lambda hands, at: hands.update(at.container, **sent), frozenset({(path, "drift")}), declared, mended=mended
    )


def _network(does: Deed, path: str, *, needs: str = "network", **join: Any) -> Mutation:
    names = ["{name}", "{name}-2"] if needs == "networks" else ["{name}"]
    spec = {"networks": {"{name}": join}} if join else {"networks": names}
    return Mutation(does, frozenset({(path, "drift")}), spec, needs)


def _rejoined(**settings: Any) -> Deed:
    """Leave the network and join it again with other settings: Docker knows no other way to change them."""

    def does(hands: Hands, at: Place) -> None:
        hands.api.disconnect_container_from_network(at.container, at.network)
        hands.api.connect_container_to_network(at.container, at.network, **settings)

    return does


def _join_another(hands: Hands, at: Place) -> None:
    made = hands.api.create_network(at.spare, check_duplicate=True)
    hands.api.connect_container_to_network(at.container, made["Id"])


def _replace_by_a_stranger(hands: Hands, at: Place) -> None:
    image = hands.inspect(at.container)["Config"]["Image"]
    hands.api.remove_container(at.container, force=True)
    hands.run(image, at.container)


def _make_network_anew(hands: Hands, at: Place) -> None:
    hands.remove_network(at.network)
    hands.api.create_network(at.network)


def _remove_with_volume(hands: Hands, at: Place) -> None:
    hands.api.remove_container(at.container, force=True)
    hands.api.remove_volume(at.volume)


def _stop_and_remove(hands: Hands, at: Place) -> None:
    hands.api.stop(at.container)
    hands.api.remove_container(at.container)


def _move_tag(hands: Hands, at: Place) -> None:
    """Let the tag mean the other of two images."""
    repository, _, tag = at.tag.partition(":")
    meant, other = (hands.image_id(image) for image in (at.tag, at.other_image))
    hands.api.tag(at.image if meant == other else at.other_image, repository, tag, force=True)


def _rename_and_stop(hands: Hands, at: Place) -> None:
    hands.api.rename(at.container, at.spare)
    hands.api.stop(at.spare)


def _limit_and_stop(hands: Hands, at: Place) -> None:
    hands.update(at.container, PidsLimit=55)
    hands.api.stop(at.container)


def _edit(_: Hands, at: Place) -> None:
    at.file.write_text(at.file.read_text() + "edited\n")


def _remove_spare_network(hands: Hands, at: Place) -> None:
    hands.api.remove_network(at.spare)


_MIB = 1 << 20
_GONE = frozenset({("status.state", "drift")})
_ON = "spec.networks.{name}"
_STATIC = {"ipv4_address": "{subnet}.10"}

MUTATIONS: Mapping[str, Mutation] = {
    # whether it runs
    "stop": _state(lambda hands, at: hands.api.stop(at.container)),
    "kill-9": _state(lambda hands, at: hands.kill_process(at.container)),
    "docker-kill": _state(lambda hands, at: hands.api.kill(at.container, "SIGKILL")),
    "pause": _state(lambda hands, at: hands.api.pause(at.container)),
    "remove": _state(lambda hands, at: hands.api.remove_container(at.container, force=True)),
    "remove-stopped": _state(_stop_and_remove),
    "stranger": Mutation(
        _replace_by_a_stranger,
        _GONE,
        mended=False,
        undo=lambda hands, at: hands.api.remove_container(at.container, force=True),
    ),
    # its limits, one flag of `docker update` each
    "memory": _update("spec.mem_limit", {"mem_limit": "32m"}, Memory=48 * _MIB, MemorySwap=96 * _MIB),
    "swap": _update("spec.memswap_limit", {"mem_limit": "32m", "memswap_limit": "64m"}, MemorySwap=80 * _MIB),
    "reservation": _update("spec.mem_reservation", {"mem_reservation": "16m"}, MemoryReservation=24 * _MIB),
    "deploy-memory": _update(
        "spec.deploy.resources.limits.memory",
        {"deploy": {"resources": {"limits": {"memory": "32m"}}}},
        Memory=48 * _MIB,
        MemorySwap=96 * _MIB,
    ),
    "cpus": _update("spec.cpus", {"cpus": 0.5}, NanoCpus=400_000_000),
    "cpu-shares": _update("spec.cpu_shares", {"cpu_shares": 512}, CpuShares=77),
    "cpu-quota": _update("spec.cpu_quota", {"cpu_period": 100_000, "cpu_quota": 50_000}, CpuQuota=40_000),
    "cpu-period": _update("spec.cpu_period", {"cpu_period": 100_000, "cpu_quota": 50_000}, CpuPeriod=80_000),
    "cpuset": _update("spec.cpuset", {"cpuset": "0"}, CpusetCpus="0-1"),
    "cpuset-mems": _update("spec.cpuset_mems", {}, CpusetMems="0", mended=False),
    "pids": _update("spec.pids_limit", {"pids_limit": 100}, PidsLimit=55),
    "pids-lifted": _update("spec.pids_limit", {"pids_limit": 100}, PidsLimit=-1),
    "undeclared-shares": _update("spec.cpu_shares", {}, CpuShares=77, mended=False),
    "undeclared-pids": _update("spec.pids_limit", {}, PidsLimit=55, mended=False),
    "undeclared-memory": _update("spec.mem_limit", {}, Memory=48 * _MIB, MemorySwap=96 * _MIB, mended=False),
    "undeclared-cpus": _update("spec.cpus", {}, NanoCpus=400_000_000, mended=False),
    # Docker's own restart policy
    "always": _update("spec.restart", {}, RestartPolicy={"Name": "always"}),
    "on-failure": _update("spec.restart", {}, RestartPolicy={"Name": "on-failure", "MaximumRetryCount": 3}),
    "unless-stopped": _update("spec.restart", {}, RestartPolicy={"Name": "unless-stopped"}),
    # its name
    "rename": Mutation(lambda hands, at: hands.api.rename(at.container, at.spare), frozenset({("name", "drift")})),
    "copy": Mutation(
        lambda hands, at: hands.copy(at.container, at.spare),
        frozenset({("metadata.copies", "drift")}),
        mended=False,
        undo=lambda hands, at: hands.api.remove_container(at.spare, force=True),
    ),
    # two at once
    "rename-and-stop": Mutation(_rename_and_stop, frozenset({("name", "drift"), ("status.state", "drift")})),
    "limit-and-stop": Mutation(
        _limit_and_stop, frozenset({("spec.pids_limit", "drift"), ("status.state", "drift")}), {"pids_limit": 100}
    ),
    # its networks
    "leave": _network(lambda hands, at: hands.api.disconnect_container_from_network(at.container, at.network), _ON),
    "leave-one": _network(
        lambda hands, at: hands.api.disconnect_container_from_network(at.container, at.network), _ON, needs="networks"
    ),
    "join": Mutation(
        _join_another,
        frozenset({("spec.networks.{spare}", "drift")}),
        {"networks": ["{name}"]},
        "network",
        undo=_remove_spare_network,
    ),
    "join-bridge": _network(
        lambda hands, at: hands.api.connect_container_to_network(at.container, "bridge"), "spec.networks.bridge"
    ),
    "alias": _network(_rejoined(aliases=["another"]), _ON + ".aliases"),
    "alias-lost": _network(_rejoined(aliases=["alias-lost"]), _ON + ".aliases", aliases=["second"]),
    "address": _network(
        lambda hands, at: _rejoined(aliases=[at.name], ipv4_address=hands.address(at.network, 20))(hands, at),
        _ON + ".ipv4_address",
        needs="subnet",
        **_STATIC,
    ),
    "address-lost": _network(
        lambda hands, at: _rejoined(aliases=[at.name])(hands, at), _ON + ".ipv4_address", needs="subnet", **_STATIC
    ),
    "network-removed": Mutation(
        lambda hands, at: hands.remove_network(at.network),
        _GONE | {(_ON, "dependency")},
        {"networks": ["{name}"]},
        "network",
    ),
    "network-anew": Mutation(
        _make_network_anew,
        _GONE | {(_ON, "dependency")},
        {"networks": ["{name}"]},
        "network",
        mended=False,
        undo=lambda hands, at: hands.api.remove_network(at.network),
    ),
    # images, volumes, files
    "tag-moved": Mutation(_move_tag, frozenset({("spec.image", "image")}), needs="tag"),
    "image-removed": Mutation(
        lambda hands, at: hands.api.remove_image(at.tag, force=True),
        frozenset({("spec.image", "image")}),
        needs="tag",
        mended=False,
        undo=lambda hands, at: hands.tag_again(at.container, at.tag),
    ),
    "volume-removed": Mutation(_remove_with_volume, _GONE, {"volumes": ["{name}:/data"]}, "volume"),
    "config-edited": Mutation(
        _edit,
        frozenset({("files./etc/app.conf", "dependency")}),
        {"configs": [{"source": "{name}", "target": "/etc/app.conf"}]},
        "config",
    ),
    "secret-edited": Mutation(
        _edit,
        frozenset({("files./run/secrets/{name}", "dependency")}),
        {"secrets": [{"source": "{name}"}]},
        "secret",
    ),
}


def filled(value: Any, **words: str) -> Any:
    """Return a value of the table with `{name}` and its like filled in."""
    if isinstance(value, str):
        return value.format(**words) if "{" in value else value
    if isinstance(value, Mapping):
        return {filled(key, **words): filled(inner, **words) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, **words) for inner in value]
    return value


def subnet_of(name: str, base: int) -> str:
    """Return the first three numbers of the subnet that one mutation's network has; `base` keeps runs apart."""
    return f"10.{base}.{list(MUTATIONS).index(name)}"
