"""Who may stop, allow or forbid a deed, on a real engine: approvals, pauses and what may be asked of the host."""

import json
import os

import pytest

from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon, Json, wait_for

pytestmark = pytest.mark.docker

MIB = 1 << 20


def memory_of(hands: Hands, container: str) -> int:
    return int(hands.inspect(container)["HostConfig"]["Memory"]) // MIB


def waiting(ergon: Ergon) -> list[Json]:
    """Return the fields that wait for a person's word."""
    fields = [field for change in ergon.changes() for field in change["fields"]]
    return [field for field in fields if field["policy"] == "ask" and not field["verdict"]]


def test_what_waits_for_a_word_is_left_until_it_is_said(ergon: Ergon, hands: Hands, image: str) -> None:
    web, drift = f"{ergon.namespace}-web-1", {"paths": {"spec.mem_limit": "ask"}}
    ergon.apply(ergon.container("web", image, mem_limit="64M", drift=drift))
    ergon.settle()

    hands.api.update_container(web, mem_limit="96m", memswap_limit="192m")
    [asked] = wait_for(lambda: waiting(ergon), "the limit to be asked about", ergon.what_is_left)
    ergon.wait_until("web", ready=True)
    left = memory_of(hands, web)
    said = ergon.run("approve", "web", "-n", ergon.namespace, "--reason", "seen")
    wait_for(lambda: memory_of(hands, web) == 64, "the limit to be put right", ergon.what_is_left)
    ergon.settle()
    told = ergon.run("events", "web", "-n", ergon.namespace, "--json").stdout

    assert (asked["path"], left, said.code) == ("spec.mem_limit", 96, 0)
    assert "repair of spec.mem_limit approved" in told


def test_hands_are_off_until_a_pause_ends_by_hand_or_by_itself(ergon: Ergon, hands: Hands, image: str) -> None:
    one, other = (f"{ergon.namespace}-{name}-1" for name in ("one", "other"))
    ergon.apply(ergon.container("one", image), ergon.container("other", image))
    ergon.settle()

    for name, length in (("one", "1h"), ("other", "2s")):
        ergon.run("pause", name, "-n", ergon.namespace, "--for", length, "--reason", "trying things")
        hands.api.kill(f"{ergon.namespace}-{name}-1")
    wait_for(lambda: hands.state(other) == "running", "the pause to end by itself", ergon.what_is_left)
    [shown] = [change for change in ergon.changes() if change["name"] == "one"]
    left = hands.state(one)
    resumed = ergon.run("resume", "one", "-n", ergon.namespace)
    ergon.settle()

    assert (shown["when"]["word"], shown["when"]["why"], left) == ("paused", "trying things", "exited")
    assert (resumed.code, hands.state(one)) == (0, "running")


@pytest.mark.skipif(os.geteuid() != 0, reason="a policy is taken from nobody but root and who runs the controller")
def test_what_asks_too_much_of_the_host_is_refused_at_its_place_and_never_declared(
    idle_ergon: Ergon, image: str
) -> None:
    ergon = idle_ergon
    (ergon.state_dir / "policy.yaml").write_text(f"default: baseline\nnamespaces: {{{ergon.namespace}: restricted}}\n")
    greedy = ergon.container("web", image, privileged=True, volumes=["/etc:/host"])
    file = ergon.state_dir / "greedy.yaml"
    file.write_text(json.dumps(greedy, indent=1))

    refused = ergon.run("apply", str(file))

    assert refused.code == 1
    line = next(number for number, text in enumerate(file.read_text().splitlines(), 1) if "privileged" in text)
    assert f"greedy.yaml:{line}:" in refused.stderr
    assert "/etc" in refused.stderr
    assert ergon.run("status", "--json").json["resources"] == []
