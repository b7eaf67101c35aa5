"""What people do behind Ergon's back is named while Ergon keeps its hands off, and repaired when it does not."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import installation
from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon, Json
from tests.e2e.meddling import (
    MEDDLINGS,
    container_of,
    documents,
    expected,
    meddle,
    named,
    spare_of,
    tidy,
    wait_for_repairs,
)

pytestmark = pytest.mark.docker

each_meddling = pytest.mark.parametrize("name", MEDDLINGS)


@pytest.fixture(scope="module")
def victim(host: str, hands: Hands, image: str) -> Iterator[Ergon]:
    """A controller with one running container for each meddling."""
    with installation(hands, host) as ergon:
        ergon.start_and_wait()
        ergon.apply(*documents(ergon, image))
        ergon.settle()
        yield ergon


@pytest.fixture(scope="module")
def shown_while_paused(victim: Ergon, hands: Hands) -> Json:
    """What `diff` said after all twelve were done to paused resources."""
    everything = [f"{kind}/{name}" for name in MEDDLINGS for kind in ("container", "network")]
    victim.ask("pause", names=everything, namespace=victim.namespace, reason="somebody works on it")
    meddle(victim, hands)
    shown = victim.diff()
    victim.ask("resume", names=everything, namespace=victim.namespace)
    wait_for_repairs(victim)
    tidy(victim, hands)
    victim.settle()
    assert shown.code == 2, shown.stderr
    answer: Json = shown.json
    return answer


@pytest.fixture(scope="module")
def shown_after_a_crash(victim: Ergon, hands: Hands, shown_while_paused: Json) -> Json:
    """What `diff` said after the controller had been killed and all twelve were done."""
    victim.kill()
    meddle(victim, hands)
    shown = victim.diff()
    victim.start_and_wait()
    wait_for_repairs(victim)
    tidy(victim, hands)
    victim.settle()
    assert shown.code == 2, shown.stderr
    answer: Json = shown.json
    return answer


@pytest.fixture(scope="module")
def before_and_after(victim: Ergon, hands: Hands, shown_after_a_crash: Json) -> dict[str, tuple[Any, Any]]:
    """How each container was before all twelve were done under the controller's eyes, and how it was repaired to."""
    before = {name: shape(hands, container_of(victim, name)) for name in MEDDLINGS}
    meddle(victim, hands)
    copy = hands.lasting(spare_of(victim, "copy"))
    wait_for_repairs(victim)
    after = {name: shape(hands, container_of(victim, name)) for name in MEDDLINGS}
    before["its copy"], after["its copy"] = copy, hands.lasting(spare_of(victim, "copy"))
    tidy(victim, hands)
    victim.settle()
    return {name: (before[name], after[name]) for name in before}


@each_meddling
def test_what_was_done_to_a_paused_container_is_named_with_field_and_cause(
    name: str, victim: Ergon, shown_while_paused: Json
) -> None:
    assert expected(victim, name) in named(shown_while_paused)


@each_meddling
def test_what_was_done_after_the_controller_was_killed_is_named_with_field_and_cause(
    name: str, victim: Ergon, shown_after_a_crash: Json
) -> None:
    assert expected(victim, name) in named(shown_after_a_crash)


def test_nothing_is_named_but_what_was_done(victim: Ergon, shown_while_paused: Json, shown_after_a_crash: Json) -> None:
    # Whoever removes a network disconnects the container on it; memory has a twin, the limit with swap.
    along = {("no-network", "spec.networks.no-network", "dependency"), ("memory", "spec.memswap_limit", "drift")}
    done = {expected(victim, name) for name in MEDDLINGS}

    assert named(shown_while_paused) - along == done
    assert named(shown_after_a_crash) - along == done


@each_meddling
def test_what_was_done_is_repaired(name: str, before_and_after: dict[str, tuple[Any, Any]]) -> None:
    before, after = before_and_after[name]

    assert after == before


def test_a_copy_of_a_container_is_never_touched(before_and_after: dict[str, tuple[Any, Any]]) -> None:
    before, after = before_and_after["its copy"]

    assert after == before


def shape(hands: Hands, container: str) -> Json:
    """Return what the twelve change of a container."""
    found = hands.inspect(container)
    limits = {name: found["HostConfig"][name] for name in ("Memory", "MemorySwap", "CpuShares", "RestartPolicy")}
    networks = {name: sorted(one["Aliases"] or ()) for name, one in found["NetworkSettings"]["Networks"].items()}
    for aliases in networks.values():
        aliases[:] = [alias for alias in aliases if alias != found["Id"][:12]]
    return {"name": found["Name"], "state": found["State"]["Status"], "networks": networks, **limits}
