"""Probes are suggested in words that a state file may hold."""

import pytest

from container_ci.discovery.signatures import FRAMEWORKS, SIGNATURES
from container_ci.discovery.suggesting import suggested_probe
from desired_state.probes import Probes
from observed_state.service import Service

SLUGS = sorted({row.slug for row in (*SIGNATURES, *FRAMEWORKS) if row.probe})


def listening(slug: str, port: int | None = 8000, **given: object) -> Service:
    return Service(slug, "listening", 0.8, port=port, **given)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize("slug", SLUGS)
def test_what_is_suggested_for_a_product_can_be_declared(slug: str) -> None:
    assert Probes.model_validate(suggested_probe(listening(slug))).readiness is not None


def test_a_product_is_asked_in_its_protocol_at_the_port_that_it_has() -> None:
    assert suggested_probe(listening("redis", 6380))["readiness"]["redis"] == {"port": 6380}
    assert suggested_probe(listening("grafana", 3001))["readiness"]["http"] == {"port": 3001, "path": "/api/health"}


def test_an_application_is_asked_what_its_framework_answers() -> None:
    assert suggested_probe(listening("fastapi", server="uvicorn"))["readiness"]["http"]["path"] == "/openapi.json"


def test_a_management_port_is_asked_only_when_it_is_open() -> None:
    assert suggested_probe(listening("traefik", 80))["readiness"]["tcp"] == {"port": 80}
    assert suggested_probe(listening("traefik", 80, ports={"api": 8080}))["readiness"]["http"]["port"] == 8080


def test_what_listens_slowly_may_start_slowly() -> None:
    assert suggested_probe(listening("mysql"), took_s=20)["startup"]["failure_threshold"] == 40


def test_nothing_is_suggested_for_what_cant_be_asked() -> None:
    assert suggested_probe(listening("celery-worker", None)) == {}
    assert suggested_probe(Service("redis", "loopback-only", 0.8, port=6379)) == {}
