"""Every container has a companion that can be asked, on a private socket, from the command line, and in aish."""

import json
import signal
import socket
import stat
from pathlib import Path

import pytest

from tests.container_ci.aish_client import Client
from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon, Json, wait_for

pytestmark = pytest.mark.docker


def asked(path: str, question: str) -> Json:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        client.sendall(json.dumps({"query": question}).encode() + b"\n")
        answer: Json = json.loads(client.makefile().readline())
        return answer


def sockets_of(ergon: Ergon) -> list[Path]:
    folder = ergon.state_dir / "run" / "ci"
    return sorted(folder.iterdir()) if folder.exists() else []


def test_companions_are_asked_and_leave_nothing_behind(
    idle_ergon: Ergon, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ergon = idle_ergon
    root = ergon.state_dir / "tekton"
    monkeypatch.setenv("TEKTON_ROOT", str(root))
    names = [f"{ergon.namespace}-web-{slot}" for slot in (1, 2)]
    ergon.start_and_wait()
    ergon.apply(ergon.container("web", image, replicas=2, network_mode="bridge"))
    ergon.settle()

    listed = ergon.run("ci", "status", "--json").json["companions"]
    assert [one["name"] for one in listed] == [f"{name}-container-ci" for name in names]
    sockets = [Path(one["socket"]) for one in listed]
    assert stat.S_IMODE(sockets[0].parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in sockets} == {0o600}

    assert asked(str(sockets[0]), "how are you?")["data"]["state"] == "running"
    said = ergon.run("ci", "ask", "web", "is", "it", "healthy", "-n", ergon.namespace)
    assert said.code == 0, said.stderr
    assert all(f"{name} is unknown" in said.stdout for name in names)
    refused = ergon.run("ci", "ask", "web", "sing")
    assert (refused.code, "can't answer that" in refused.complaint) == (1, True)

    in_aish = wait_for(lambda: client if len((client := Client(root)).listed()) == 2 else None, "aish to list both")
    assert "has been running" in in_aish.send(f"{names[0]}-container-ci", "status")

    assert ergon.run("delete", "web", "-n", ergon.namespace).code == 0
    wait_for(lambda: not sockets_of(ergon), "the sockets to be gone", lambda: sockets_of(ergon))
    wait_for(lambda: Client(root).listed() == [], "aish to list none")

    ergon.apply(ergon.container("web", image, network_mode="bridge"))
    ergon.settle()
    assert len(sockets_of(ergon)) == 2  # the socket, and aish's name for it
    assert ergon.end() == 0
    assert sockets_of(ergon) == []
    assert Client(root).listed() == []


def test_any_container_is_asked_with_a_controller_and_without(idle_ergon: Ergon, hands: Hands, image: str) -> None:
    ergon = idle_ergon
    other = f"{ergon.namespace}-other"
    hands.api.create_container(image, name=other, command=["sh", "-c", "exit 3"])
    hands.api.start(other)
    wait_for(lambda: hands.inspect(other)["State"]["Status"] == "exited", "it to exit")
    try:
        without = ergon.run("ci", "status", other, "--json")
        assert without.code == 0, without.stderr
        assert (without.json["state"], without.json["exit_code"], without.json["resource"]) == ("exited", 3, None)

        before = hands.inspect(other)
        ergon.start_and_wait()
        with_one = ergon.run("ci", "ask", f"{other}-container-ci", "status", "--json")
        assert with_one.json["exit_code"] == 3
        assert asked(with_one.json["socket"], "status")["data"]["exit_code"] == 3
        assert hands.inspect(other) == before

        missing = ergon.run("ci", "status", f"{other}s")
        assert (missing.code, f'did you mean "{other}"?' in missing.stderr) == (1, True)
        ergon.send(signal.SIGKILL)
        ergon.kill()
        assert len(sockets_of(ergon)) == 1
        ergon.start_and_wait()
        wait_for(lambda: not sockets_of(ergon), "what the former life left to be gone", lambda: sockets_of(ergon))
    finally:
        hands.api.remove_container(other, force=True)
