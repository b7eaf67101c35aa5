"""Replicas and limits that Ergon may change by itself, as they are declared."""

from typing import Any

import pytest
from pydantic import ValidationError

from desired_state.container import ContainerSpec

BUSY = {"image": "web", "cpus": 0.5, "mem_limit": "256M"}


def spec(**fields: Any) -> ContainerSpec:
    return ContainerSpec.model_validate({**BUSY, **fields})


@pytest.mark.parametrize("share", ["70%", "70", 70])
def test_a_share_is_written_in_percent(share: Any) -> None:
    declared = spec(autoscale={"max": 5, "cpu": share}).autoscale

    assert declared is not None
    assert (declared.min, declared.max, declared.cpu, declared.memory) == (1, 5, 70, None)


def test_without_a_declared_number_it_begins_with_the_fewest() -> None:
    assert spec(autoscale={"min": 2, "max": 5, "cpu": "70%"}).replica_count == 2


def test_a_declared_number_holds() -> None:
    assert spec(autoscale={"min": 2, "max": 5, "cpu": "70%"}, replicas=4).replica_count == 4


def test_off_is_a_word_here() -> None:
    declared = spec(resources={"auto": False}).resources

    assert declared is not None
    assert declared.auto == "off"


def test_what_is_declared_reads_back_the_same() -> None:
    declared = spec(
        autoscale={"max": 5, "memory": "80%"}, resources={"auto": "apply", "max": {"memory": "1G", "cpus": "2"}}
    )

    assert ContainerSpec.from_declared(declared.declared()) == declared


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"autoscale": {"min": 6, "max": 5, "cpu": "70%"}}, "autoscale.min (6) is above autoscale.max (5)"),
        ({"autoscale": {"max": 5}}, "autoscale needs something to go by"),
        ({"autoscale": {"max": 5, "cpu": "a lot"}}, "write it like 70%"),
        ({"autoscale": {"max": 5, "cpu": 0.7}}, "write it like 70%"),
        ({"autoscale": {"max": 5, "requests_per_second": 50}}, "scale on cpu or memory"),
        ({"autoscale": {"max": 5, "cpu": "70%"}, "cpus": None}, "70% of what? declare cpus"),
        ({"autoscale": {"max": 5, "memory": "80%"}, "mem_limit": None}, "80% of what? declare mem_limit"),
        ({"autoscale": {"max": 5, "cpu": "70%"}, "restart": "never"}, "what runs to completion isn't scaled"),
        ({"autoscale": {"max": 5, "cpu": "70%"}, "container_name": "web"}, "can't name 5 replicas"),
        ({"autoscale": {"max": 3, "cpu": "70%"}, "ports": ["8080:80"]}, 'write "8080-8082:80"'),
        ({"resources": {"min": {"memory": "2G"}, "max": {"memory": "1G"}}}, "resources.min.memory is above"),
        ({"resources": {"auto": "always"}}, "'off', 'recommend' or 'apply'"),
    ],
)
def test_what_can_not_be_meant_is_refused_with_what_to_write(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        spec(**fields)

    assert message in str(refused.value)
