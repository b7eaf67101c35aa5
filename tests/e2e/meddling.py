"""Twelve things people do to containers behind Ergon's back, and how `diff` has to name each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon, Json, wait_for

Deed = Callable[[Hands, str, "Place"], object]


@dataclass(frozen=True)
class Place:
    """Docker's names of what belongs to one meddling: its container's network, and a spare name for anything."""

    network: str
    spare: str


@dataclass(frozen=True)
class Meddling:
    """A deed, and the field and cause by which it is named; `path` may contain the words of `Place`."""

    does: Deed
    path: str
    cause: str = "drift"


def _update(**limits: Any) -> Deed:
    return lambda hands, container, _: hands.api.update_container(container, **limits)


def _connect(hands: Hands, container: str, place: Place) -> None:
    network = hands.api.create_network(place.spare, check_duplicate=True)
    hands.api.connect_container_to_network(container, network["Id"])


MEDDLINGS = {
    "stop": Meddling(lambda hands, one, _: hands.api.stop(one), "status.state"),
    "kill": Meddling(lambda hands, one, _: hands.kill_process(one), "status.state"),
    "remove": Meddling(lambda hands, one, _: hands.api.remove_container(one, force=True), "status.state"),
    "pause": Meddling(lambda hands, one, _: hands.api.pause(one), "status.state"),
    "rename": Meddling(lambda hands, one, place: hands.api.rename(one, place.spare), "name"),
    "memory": Meddling(_update(mem_limit="48m", memswap_limit="96m"), "spec.mem_limit"),
    "policy": Meddling(_update(restart_policy={"Name": "always"}), "spec.restart"),
    "cpu": Meddling(_update(cpu_shares=77), "spec.cpu_shares"),
    "leave": Meddling(
        lambda hands, one, place: hands.api.disconnect_container_from_network(one, place.network),
        "spec.networks.{name}",
    ),
    "join": Meddling(_connect, "spec.networks.{spare}"),
    "no-network": Meddling(lambda hands, _, place: hands.remove_network(place.network), "status.state"),
    "copy": Meddling(lambda hands, one, place: hands.copy(one, place.spare), "metadata.copies"),
}


def documents(ergon: Ergon, image: str) -> list[Json]:
    """Return one container for each meddling, of the same name, on a network of its own."""
    limits = {"mem_limit": "32m", "cpu_shares": 512}
    containers = [ergon.container(name, image, networks=[name], **limits) for name in MEDDLINGS]
    return [*map(ergon.network, MEDDLINGS), *containers]


def container_of(ergon: Ergon, name: str) -> str:
    return f"{ergon.namespace}-{name}-1"


def spare_of(ergon: Ergon, name: str) -> str:
    return f"{ergon.namespace}_spare-{name}"


def meddle(ergon: Ergon, hands: Hands) -> None:
    """Do all twelve."""
    for name, meddling in MEDDLINGS.items():
        place = Place(f"{ergon.namespace}_{name}", spare_of(ergon, name))
        meddling.does(hands, container_of(ergon, name), place)


def wait_for_repairs(ergon: Ergon) -> None:
    """Return when nothing differs any more but what is never touched, the copy."""
    left = {expected(ergon, "copy")}
    wait_for(lambda: named(ergon.ask("diff", live=True)) <= left, "all to be repaired", ergon.what_is_left)


def tidy(ergon: Ergon, hands: Hands) -> None:
    """Take away, after the repairs, what no repair takes away: the copy, and the network that somebody made."""
    hands.api.remove_container(spare_of(ergon, "copy"), force=True)
    hands.api.remove_network(spare_of(ergon, "join"))


def expected(ergon: Ergon, name: str) -> tuple[str, str, str]:
    """Return resource, path and cause by which a meddling is to be named."""
    meddling = MEDDLINGS[name]
    return name, meddling.path.format(name=name, spare=spare_of(ergon, name)), meddling.cause


def named(difference: Json) -> set[tuple[str, str, str]]:
    """Return resource, path and cause of each field that differs."""
    return {
        (change["name"], field["path"], field["cause"])
        for change in difference["changes"]
        for field in change["fields"]
    }
