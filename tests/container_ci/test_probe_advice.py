"""Probes for a container that declares none: what is suggested can be declared as it stands."""

from dataclasses import replace
from typing import Any

import pytest
import yaml

from container_ci.discovery.signatures import SIGNATURES
from container_ci.discovery.suggesting import suggested_probe
from container_ci.probe_advice import advised_probes, as_written
from desired_state.container import ContainerSpec
from desired_state.probes import Probes
from observed_state.container import Container
from observed_state.service import Discovery, Service
from tests.container_ci.desks import WEB, desk_of

REDIS = Service("redis", "listening", 0.95, port=6380)


def advised(container: Container = WEB, *services: Service, spec: ContainerSpec | None = None) -> dict[str, Any]:
    desk = desk_of(container)
    desk.subject = replace(desk.subject, spec=spec)
    desk.discovered(Discovery(services or (REDIS,)))
    return advised_probes(desk)


def test_a_database_is_asked_in_its_own_protocol_where_it_listens() -> None:
    assert Probes.model_validate(advised()).readiness is not None
    assert advised()["readiness"]["redis"] == {"port": 6380}


def test_what_is_asked_already_gets_no_advice() -> None:
    probed = ContainerSpec.from_declared({"image": "a", "probes": {"readiness": {"tcp": 80}}})

    assert advised(spec=probed) == {}
    assert advised(replace(WEB, health="healthy")) == {}
    assert advised(replace(WEB, state="exited", pid=0)) == {}


def test_what_is_shown_is_what_a_state_file_says() -> None:
    shown = "\n".join(as_written(advised()))

    assert yaml.safe_load(shown) == {"probes": advised()}


@pytest.mark.parametrize("slug", sorted({row.slug for row in SIGNATURES}))
def test_every_suggestion_can_be_declared(slug: str) -> None:
    suggested = suggested_probe(Service(slug, "listening", 0.9, port=4000))

    assert Probes.model_validate(suggested).declared().keys() == suggested.keys()
