"""A replica whose readiness probe fails leaves its service's name to the others, and gets it back when it is ready."""

from dataclasses import replace

from observed_state.container import Container
from observed_state.health import Health, ProbeResult, Verdict
from reconcilers.actions import Connect, Disconnect
from reconcilers.attachments import VEILED
from reconcilers.world import ContainerWorld
from tests.reconcilers.worlds import LONG_AGO, Pair, deeds, recorded, running, status, web, world

PROBED = web(replicas=2, networks=["inside"], probes={"readiness": {"tcp": {"port": 80}}})


def health(container: Container, readiness: Verdict) -> dict[str, Health]:
    result = ProbeResult("readiness", readiness, LONG_AGO, "connection refused")
    return {container.id: Health(container.id, container.started_at, readiness=result)}


def replicas(first: Verdict, second: Verdict, *, out: bool = False) -> ContainerWorld:
    """Return two running replicas; the first one is without the names of the service when it is `out`."""
    one, two = running(PROBED, 1), running(PROBED, 2)
    if out:
        one = without_names(one)
    return world(PROBED, one, two, health=health(one[1], first) | health(two[1], second))


def without_names(pair: Pair) -> Pair:
    instance, container = recorded(pair, resolved={**pair[0].resolved, VEILED: True})
    networks = {name: replace(place, aliases=()) for name, place in container.networks.items()}
    return instance, replace(container, networks=networks)


def test_a_replica_that_is_not_ready_leaves_the_name_to_one_that_is() -> None:
    leave, join = deeds(replicas("failing", "passing"))

    assert isinstance(leave, Disconnect)
    assert isinstance(join, Connect)
    assert (join.slot, join.aliases, join.veiled) == (1, (), True)
    assert join.reason == "its readiness probe fails, and other replicas are ready"


def test_it_is_not_restarted_for_that_and_stays_out_while_it_fails() -> None:
    seen = replicas("failing", "passing", out=True)

    assert deeds(seen) == []
    assert status(seen) == ("Progressing", "NotReady")


def test_it_gets_the_name_back_when_it_is_ready_again() -> None:
    _, join = deeds(replicas("passing", "passing", out=True))

    assert isinstance(join, Connect)
    assert (join.aliases, join.veiled) == (("web",), False)


def test_when_none_is_ready_all_keep_the_name() -> None:
    assert deeds(replicas("failing", "failing")) == []
    assert [type(deed) for deed in deeds(replicas("failing", "failing", out=True))] == [Disconnect, Connect]


def test_what_may_still_become_ready_is_not_taken_out() -> None:
    assert deeds(replicas("starting", "passing")) == []
