"""What runs in containers on a real engine is found from outside, by its processes and its sockets."""

import shutil
from typing import Any

import pytest

from tests.e2e.harness import Ergon, Json, wait_for

pytestmark = pytest.mark.docker

# A program of this machine runs in an image that has nothing but busybox.
_BORROWED = ["/usr:/usr:ro", "/lib:/lib:ro", "/lib64:/lib64:ro", "/etc:/etc:ro"]


def services(ergon: Ergon, name: str, status: str = "listening") -> list[Json]:
    """Return the services of a container once one of them has this status."""

    def told() -> list[Json] | None:
        answer = ergon.run("ci", "services", name, "-n", ergon.namespace, "--json")
        found: Any = answer.json if answer.code == 0 else {"services": []}
        return found["services"] if any(one["status"] == status for one in found["services"]) else None

    return wait_for(told, f"{name} to have a service that is {status}")


def test_a_server_is_found_with_the_port_that_it_really_has(ergon: Ergon, image: str) -> None:
    command = ["sh", "-c", "httpd -f -p 8080 & wait"]
    ergon.apply(ergon.container("web", image, command=command, expose=["80"], network_mode="bridge"))
    ergon.settle()

    (service,) = services(ergon, "web")

    assert (service["type"], service["port"], service["port_source"]) == ("busybox-httpd", 8080, "socket")
    assert any("8080 listens" in told for told in service["evidence"])


def test_a_container_that_serves_nobody_has_no_services(ergon: Ergon, image: str) -> None:
    ergon.apply(ergon.container("idle", image, network_mode="bridge"))
    ergon.settle()

    answer = ergon.run("ci", "services", "idle", "-n", ergon.namespace, "--json")

    assert (answer.json["services"], answer.json["source"]) == ([], "proc")


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="Debian's redis-server is not installed")
def test_a_real_redis_is_told_and_what_only_it_can_reach_is_said_so(ergon: Ergon, image: str) -> None:
    command = ["redis-server", "--bind", "127.0.0.1", "--save", ""]
    ergon.apply(ergon.container("cache", image, command=command, volumes=_BORROWED, network_mode="bridge"))
    ergon.settle()

    (service,) = services(ergon, "cache", "loopback-only")

    assert (service["type"], service["port"]) == ("redis", 6379)
