"""What others made is the same to the last byte after everything that Ergon can do, however alike it looks."""

import json
from typing import Any

import pytest

from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon, wait_for
from tests.e2e.images import Images

pytestmark = pytest.mark.docker

# What Docker itself changes about objects that nobody touches.
_BY_ITSELF = ("SizeRw", "LastTagTime", "Containers")
FOREIGN = ("neighbour", "web-1-r2", "web-9")


def test_nothing_of_others_is_touched(ergon: Ergon, hands: Hands, images: Images) -> None:
    image = images["plain"]
    declared = [
        ergon.network("inside"),
        ergon.document("Network", "shared", {"external": True, "name": f"{ergon.namespace}_shared"}),
        ergon.volume("data", reclaim="delete"),
    ]
    web = ergon.container("web", image, networks=["inside", "shared"], volumes=["data:/data"], stop_grace_period="1s")
    hands.api.create_network(f"{ergon.namespace}_shared")
    ergon.apply(*declared, web)
    ergon.settle()
    before = make_lookalikes(ergon, hands, image)

    # apply again, drift, update in place, by a new container and by a new network, a failed update, scale, restarts
    hands.api.remove_container(f"{ergon.namespace}-web-1", force=True)
    ergon.settle()
    web["spec"] |= {"mem_limit": "64M"}
    ergon.apply(*declared, web)
    ergon.settle()
    web["spec"] |= {"environment": {"A": "1"}}
    declared[0]["spec"] |= {"internal": True}
    ergon.apply(*declared, web)
    ergon.settle()
    for command in (("scale", "web=2"), ("restart", "web"), ("stop", "web"), ("start", "web"), ("gc",)):
        ran = ergon.run(*command, *(() if command == ("gc",) else ("-n", ergon.namespace)))
        assert ran.code == 0, ran.stderr
    ergon.settle()
    assert fingerprint(ergon, hands, image) == before
    ergon.restart()
    downed = ergon.run("down", "--all", "--volumes", "--yes")
    assert downed.code == 0, downed.stderr
    wait_for(lambda: not ergon.resources(), "everything to be gone", ergon.resources)

    assert fingerprint(ergon, hands, image) == before
    assert hands.names(ergon.namespace) == sorted(f"{ergon.namespace}-{name}" for name in FOREIGN)


def make_lookalikes(ergon: Ergon, hands: Hands, image: str) -> dict[str, Any]:
    """Make what looks like Ergon's and is somebody else's, on one network with it, and return how all that stands."""
    namespace = ergon.namespace
    network = hands.api.inspect_network(f"{namespace}_inside")["Labels"]
    volume = hands.api.inspect_volume(f"{namespace}_data")["Labels"]
    hands.api.create_volume(f"{namespace}_data_foreign", labels=volume)
    hands.api.create_network(f"{namespace}_inside_foreign", labels=network)
    hands.copy(f"{namespace}-web-1", f"{namespace}-web-9")
    neighbour = hands.run(image, f"{namespace}-neighbour", volumes=["/kept"])
    hands.api.connect_container_to_network(neighbour, f"{namespace}_shared")
    hands.api.create_container(image, name=f"{namespace}-web-1-r2", labels={"ergon.dev/namespace": namespace})
    hands.api.tag(image, image.partition(":")[0], f"{namespace}-foreign")
    return fingerprint(ergon, hands, image)


def fingerprint(ergon: Ergon, hands: Hands, image: str) -> dict[str, Any]:
    """Return the whole inspect of everything that isn't Ergon's, but for what Docker changes by itself."""
    namespace, api = ergon.namespace, hands.api
    found = {f"container {name}": hands.inspect(f"{namespace}-{name}") for name in FOREIGN}
    for name in (f"{namespace}_shared", f"{namespace}_inside_foreign", "bridge", "host", "none"):
        found[f"network {name}"] = api.inspect_network(name)
    for volume in (f"{namespace}_data_foreign", *anonymous_volumes(hands, namespace)):
        found[f"volume {volume}"] = api.inspect_volume(volume)
    for reference in (image, f"{image.partition(':')[0]}:{namespace}-foreign"):
        # The stubs leave this call without types.
        found[f"image {reference}"] = api.inspect_image(reference)  # type: ignore[no-untyped-call]
    return {name: steady(inspect) for name, inspect in found.items()}


def anonymous_volumes(hands: Hands, namespace: str) -> list[str]:
    return [mount["Name"] for mount in hands.inspect(f"{namespace}-neighbour")["Mounts"]]


def steady(inspect: Any) -> Any:
    """Return an inspect without what Docker changes by itself."""
    if isinstance(inspect, dict):
        return {name: steady(value) for name, value in inspect.items() if name not in _BY_ITSELF}
    return json.loads(json.dumps(inspect))
