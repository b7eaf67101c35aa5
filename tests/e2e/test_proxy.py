"""The proxy that the counting and the killing rest on changes nothing of what passes."""

from contextlib import closing

import pytest
import requests

from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon
from tests.e2e.proxy import CountingProxy, Trap

pytestmark = pytest.mark.docker


def test_requests_are_counted_by_method_and_path(proxy: CountingProxy) -> None:
    with closing(Hands(proxy.host)) as hands:
        hands.api.containers()

    assert [str(request) for request in proxy.requests] == ["GET /version", "GET /containers/json"]
    assert proxy.writes == []


def test_an_attached_terminal_passes_both_ways(proxy: CountingProxy, idle_ergon: Ergon, image: str) -> None:
    with closing(Hands(proxy.host)) as hands:
        container = hands.run(image, f"{idle_ergon.namespace}-cat", command=["cat"], stdin_open=True)
        attached = hands.api.attach_socket(container, params={"stdin": 1, "stdout": 1, "stream": 1})
        attached._sock.sendall(b"there and back\n")
        answer = attached.read(8 + len("there and back\n"))
        attached._sock.close()
        attached.close()

    assert answer.endswith(b"there and back\n")
    assert f"POST /containers/{container}/attach" in proxy.writes


def test_a_trap_before_a_request_keeps_it_from_the_daemon(
    proxy: CountingProxy, idle_ergon: Ergon, hands: Hands
) -> None:
    proxy.set(Trap(lambda request: request.writes, 1, "before", lambda: None))
    with closing(Hands(proxy.host)) as cut_off, pytest.raises(requests.ConnectionError):
        cut_off.api.create_volume(f"{idle_ergon.namespace}_one")

    assert f"{idle_ergon.namespace}_one" not in volumes(hands)


def test_a_trap_after_a_request_keeps_the_answer_from_the_asker(
    proxy: CountingProxy, idle_ergon: Ergon, hands: Hands
) -> None:
    proxy.set(Trap(lambda request: request.writes, 1, "after", lambda: None))
    with closing(Hands(proxy.host)) as cut_off, pytest.raises(requests.ConnectionError):
        cut_off.api.create_volume(f"{idle_ergon.namespace}_one")

    assert f"{idle_ergon.namespace}_one" in volumes(hands)


def volumes(hands: Hands) -> list[str]:
    return [volume["Name"] for volume in hands.api.volumes()["Volumes"] or ()]
