"""Remove what trials made, and nothing else: what bears their names."""

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor

import docker
from docker.errors import APIError, NotFound

from tools.messages import Impossible, say

# Removing is not measured; more than this at a time does not make a daemon faster.
_REMOVERS = 8
_PATIENCE_S = 120.0
_NETWORK_TRIES = 10
_NETWORK_PAUSE_S = 0.5


def remove(api: docker.APIClient, prefixes: tuple[str, ...]) -> None:
    """Remove the containers, then the networks, whose names begin with one of these.

    Raises:
        Impossible: containers can't be removed within two minutes.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while left := _containers(api, prefixes):
        if time.monotonic() > deadline:
            raise Impossible(f"{len(left)} containers named {prefixes[0]}* can't be removed")
        with ThreadPoolExecutor(_REMOVERS) as pool:
            for container in left:
                pool.submit(_remove_container, api, container)
    for network in api.networks():
        if network["Name"].startswith(prefixes) and (refusal := _remove_network(api, network["Id"])):
            say(f"a network stays behind, its engine does not let go of it: {refusal}")


def _containers(api: docker.APIClient, prefixes: tuple[str, ...]) -> list[str]:
    return [row["Id"] for row in api.containers(all=True) if row["Names"][0].lstrip("/").startswith(prefixes)]


def _remove_container(api: docker.APIClient, container: str) -> None:
    with contextlib.suppress(APIError):
        api.remove_container(container, force=True, v=True)


def _remove_network(api: docker.APIClient, network: str) -> str:
    """Return "" when it is gone, else why it is not: Docker 20.10 may lose count of endpoints until it restarts."""
    refusal = ""
    for _ in range(_NETWORK_TRIES):
        try:
            api.remove_network(network)
        except NotFound:
            return ""
        except APIError as error:
            refusal = str(error.explanation)
            time.sleep(_NETWORK_PAUSE_S)
        else:
            return ""
    return refusal
