"""Show Ergon's main job on the shop: make it, keep it whole while it is broken on purpose, say what changed, end.

    make demo

Needs an engine at DOCKER_HOST, which `make demo` sees to. Everything made here is removed again.
"""

import os
import signal
import tempfile
import time
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn
from urllib.request import urlopen

import docker

from examples.shop import images
from examples.shop.stage import NAMESPACE, Ergon, kill_main_process, main_process, seconds_until, swept
from tools.messages import Impossible, stop_with

SHOP = Path(__file__).resolve().parent / "shop.yaml"
ALL = ("redis", "api", "front")


def main() -> None:
    """Play all the acts; exit 1 with one line when one does not go as told."""
    signal.signal(signal.SIGTERM, _leave)
    began = time.monotonic()
    client = docker.from_env()
    try:
        with tempfile.TemporaryDirectory(prefix="ergon-demo-") as folder, images.present(client):
            ergon = Ergon(Path(folder) / "state")
            with swept(client, ergon):
                _play(client, ergon, Path(folder))
    except Impossible as problem:
        stop_with(problem)
    print(f"\nNothing is left. The demonstration took {time.monotonic() - began:.0f} s.")


def _play(client: docker.DockerClient, ergon: Ergon, folder: Path) -> None:
    _declare(client, ergon)
    _kill(client)
    _change_by_hand(client, ergon)
    _repair(client, ergon)
    _edit(ergon, folder)
    _end(ergon)


def _declare(client: docker.DockerClient, ergon: Ergon) -> None:
    _act("1. Declare the shop, and Ergon makes it so")
    ergon.show("up", "--detach", os.path.relpath(SHOP))
    ergon.show("status", "-n", NAMESPACE)
    _visit(client)


def _kill(client: docker.DockerClient) -> None:
    _act("2. Kill processes behind Docker's back, and Ergon starts them again")
    for container in ("shop-front-1", "shop-redis-1"):
        _kill_one(client, container)
    seconds_until(partial(_is_open, client))
    _visit(client)
    print("(The count went on: redis kept it in its volume.)")


def _kill_one(client: docker.DockerClient, name: str) -> None:
    victim = kill_main_process(client, name)
    took_s = seconds_until(lambda: main_process(client, name) not in {0, victim})
    print(f"\n$ kill -9 {victim}    # the main process of {name}\n{name} runs again after {took_s:.2f} s", flush=True)


def _change_by_hand(client: docker.DockerClient, ergon: Ergon) -> None:
    _act("3. Change things by hand while Ergon's hands are off, and it names each change")
    ergon.show("pause", *ALL, "-n", NAMESPACE, "--for", "10m", "--reason", "trying things by hand")
    print("\n$ docker stop shop-front-2")
    client.containers.get("shop-front-2").stop(timeout=3)
    print("$ docker update --memory 64m --memory-swap 128m shop-api-1")
    client.containers.get("shop-api-1").update(mem_limit="64m", memswap_limit="128m")
    print("$ docker network disconnect shop_inside shop-front-1")
    client.networks.get("shop_inside").disconnect("shop-front-1")
    ergon.show("diff", "-n", NAMESPACE, expect=2)


def _repair(client: docker.DockerClient, ergon: Ergon) -> None:
    _act("4. Give it back, and Ergon repairs what differs")
    ergon.show("resume", *ALL, "-n", NAMESPACE)
    took_s = seconds_until(lambda: ergon.ask("diff", "-n", NAMESPACE) == 0)
    print(f"\nAll as declared again after {took_s:.2f} s")
    ergon.show("wait", "-n", NAMESPACE)
    ergon.show("status", "-n", NAMESPACE)
    _visit(client)


def _edit(ergon: Ergon, folder: Path) -> None:
    _act("5. Edit the file, and see what would happen before it does")
    edited = folder / "shop.yaml"
    edited.write_text(
        SHOP.read_text().replace("mem_limit: 128M", "mem_limit: 160M").replace("replicas: 2", "replicas: 3")
    )
    print(f"\n$ sed 's/mem_limit: 128M/mem_limit: 160M/; s/replicas: 2/replicas: 3/' shop.yaml > {edited}")
    ergon.show("diff", str(edited), expect=2)


def _end(ergon: Ergon) -> None:
    _act("6. Take it down, data included")
    ergon.show("down", "-n", NAMESPACE, "--volumes", "--yes", "--wait")
    ergon.show("shutdown")


def _act(title: str) -> None:
    print(f"\n\n=== {title}", flush=True)


def _visit(client: docker.DockerClient) -> None:
    address = _address(client)
    with urlopen(address, timeout=5) as answer:
        print(f"\n$ curl {address}\n{answer.read().decode().strip()}", flush=True)


def _is_open(client: docker.DockerClient) -> bool:
    try:
        with urlopen(_address(client), timeout=5):
            return True
    except (OSError, LookupError):
        return False


def _address(client: docker.DockerClient) -> str:
    """Return where a front is published; LookupError while none is."""
    return f"http://127.0.0.1:{client.api.port('shop-front-1', 8000)[0]['HostPort']}/"


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
