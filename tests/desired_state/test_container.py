"""A container's spec: canonical, free of contradictions, and able to say what holds."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from desired_state.container import ContainerSpec
from desired_state.misfits import Misfits
from desired_state.restart import Restart

MIB = 1 << 20


def spec(**fields: Any) -> ContainerSpec:
    return ContainerSpec.model_validate({"image": "x", **fields})


def limits(**given: Any) -> dict[str, Any]:
    return {"resources": {"limits": given}}


def contradiction(**fields: Any) -> list[tuple[Any, str]]:
    with pytest.raises(ValidationError) as caught:
        spec(**fields)
    (error,) = caught.value.errors()
    misfits = error.get("ctx", {}).get("error")
    assert isinstance(misfits, Misfits)
    return list(misfits.found)


names = st.text("abcdefgh", min_size=1, max_size=4)
parts = st.sampled_from(
    ["test", "policy", "target", "source", "path", "type", "soft", "hard", "resources", "limits", "count"]
)
ports = st.integers(1, 65535)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names | parts, inner, max_size=3), max_leaves=6
)
specs = st.fixed_dictionaries(
    {"image": st.sampled_from(["nginx", "a/b:1"]) | st.builds(lambda name: {"resource": name}, names)},
    optional={
        "command": st.just("sh -c 'echo a'") | st.lists(names),
        "environment": st.dictionaries(names, st.none() | names | st.booleans() | st.integers())
        | st.lists(st.builds("{}={}".format, names, names)),
        "labels": st.dictionaries(names, st.none() | names),
        "env_file": names | st.lists(names),
        "ports": st.lists(st.one_of(ports, st.builds("{}/udp".format, ports), st.just("80-82"))),
        "expose": st.lists(ports | st.just("90-92/udp")),
        "volumes": st.lists(st.builds("{}:/{}".format, names, names), unique_by=lambda mount: mount.split(":")[1]),
        "depends_on": st.lists(names) | st.dictionaries(names, st.just({"condition": "service_healthy"})),
        "networks": st.lists(names) | st.dictionaries(names, st.none()),
        "healthcheck": st.fixed_dictionaries({"test": names}, optional={"interval": st.just("1m30s")}),
        "restart": st.sampled_from(["no", "always", "on-failure:3", False, "delegated"]),
        "extra_hosts": st.dictionaries(names, st.ip_addresses().map(str)),
        "ulimits": st.dictionaries(names, st.integers(-1, 9)),
        "gpus": st.just("all"),
        "devices": st.just(["/dev/a"]),
        "secrets": st.lists(names),
        "mem_limit": st.sampled_from(["64M", 1 << 30]),
        "cpus": st.sampled_from(["0.5", 1, 2.25]),
        "tmpfs": names,
        "user": st.integers(0, 9) | names,
        "stop_grace_period": st.sampled_from(["1m", 3, "250ms"]),
    },
)


@given(specs)
def test_what_is_declared_reads_back_unchanged(fields: dict[str, Any]) -> None:
    declared = ContainerSpec.model_validate(fields).declared()

    assert ContainerSpec.from_declared(declared).declared() == declared


@given(st.sampled_from(sorted(ContainerSpec.model_fields)), anything)
def test_any_value_of_any_field_is_valid_or_a_validation_error(field: str, value: Any) -> None:
    with contextlib.suppress(ValidationError):
        ContainerSpec.model_validate({"image": "x", field: value})


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"mem_limit": "1G", "deploy": limits(memory="2G")}, ("mem_limit",)),
        ({"cpus": 1, "deploy": limits(cpus="2")}, ("cpus",)),
        ({"pids_limit": 1, "deploy": limits(pids=2)}, ("pids_limit",)),
        ({"mem_reservation": 1, "deploy": {"resources": {"reservations": {"memory": 2}}}}, ("mem_reservation",)),
        ({"replicas": 1, "scale": 2}, ("replicas",)),
        ({"replicas": 1, "deploy": {"replicas": 2}}, ("replicas",)),
        ({"scale": 1, "deploy": {"replicas": 2}}, ("scale",)),
        ({"restart": "no", "deploy": {"restart_policy": {"condition": "any"}}}, ("restart",)),
        ({"network_mode": "host", "networks": ["a"]}, ("network_mode",)),
        ({"network_mode": "host", "ports": ["80"]}, ("ports",)),
        ({"container_name": "one", "replicas": 2}, ("container_name",)),
        ({"ports": ["81:81", "80-81:80"], "replicas": 2}, ("ports", 0)),
        ({"ports": ["8080-8081:80"], "replicas": 3}, ("ports", 0)),
        ({"ports": ["80:80", "80:81"]}, ("ports", 1)),
        ({"volumes": ["a:/x", "b:/x"]}, ("volumes", 1)),
        ({"cpus": 1, "cpu_quota": 5000}, ("cpus",)),
        ({"memswap_limit": "1G"}, ("memswap_limit",)),
        ({"mem_limit": "2G", "memswap_limit": "1G"}, ("memswap_limit",)),
        ({"mem_limit": "1G", "mem_reservation": "2G"}, ("mem_reservation",)),
    ],
)
def test_a_contradiction_is_named_at_its_field(fields: dict[str, Any], path: tuple[Any, ...]) -> None:
    assert [found for found, _ in contradiction(**fields)] == [path]


@pytest.mark.parametrize(
    "fields",
    [
        {"mem_limit": "1G", "deploy": limits(memory=1 << 30)},
        {"restart": "on-failure:3", "deploy": {"restart_policy": {"condition": "on-failure", "max_attempts": 3}}},
        {"replicas": 2, "scale": 2, "deploy": {"replicas": 2}},
        {"ports": ["8080-8082:80"], "replicas": 3},
        {"ports": ["80"], "replicas": 3},
        {"ports": ["53:53/udp", "53:53/tcp", "127.0.0.1:54:53"]},
        {"mem_limit": "1G", "memswap_limit": -1},
        {"network_mode": "service:vpn"},
    ],
)
def test_twins_that_agree_are_fine(fields: dict[str, Any]) -> None:
    spec(**fields)


def test_both_twins_say_what_is_effective() -> None:
    direct = spec(mem_limit="64M", mem_reservation="32M", cpus=0.5, pids_limit=9)
    reservations = {"memory": "32M"}
    deployed = spec(
        deploy={"resources": {"limits": {"memory": "64M", "cpus": "0.5", "pids": 9}, "reservations": reservations}}
    )

    for either in (direct, deployed):
        assert (either.memory_bytes, either.memory_reservation_bytes) == (64 * MIB, 32 * MIB)
        assert (either.nano_cpus, either.pids) == (500_000_000, 9)


def test_what_is_not_declared_has_no_effective_value() -> None:
    bare = spec()

    assert (bare.memory_bytes, bare.memory_swap, bare.memory_reservation_bytes, bare.nano_cpus, bare.pids) == (
        None,
    ) * 5


@pytest.mark.parametrize(
    ("fields", "restart"),
    [
        ({}, Restart()),
        ({"restart": "no"}, Restart(policy="never")),
        ({"deploy": {"restart_policy": {"condition": "none"}}}, Restart(policy="never")),
        ({"deploy": {"restart_policy": {}}}, Restart(policy="always")),
        (
            {"deploy": {"restart_policy": {"condition": "on-failure", "max_attempts": 2}}},
            Restart(policy="on-failure", attempts=2),
        ),
    ],
)
def test_the_restart_policy_is_ergons_or_composes(fields: dict[str, Any], restart: Restart) -> None:
    effective = spec(**fields).effective_restart

    assert (effective.policy, effective.attempts) == (restart.policy, restart.attempts)


def test_a_container_joins_default_unless_it_says_otherwise() -> None:
    assert list(spec().joins) == ["default"]
    assert list(spec(networks=["front"]).joins) == ["front"]
    assert not spec(networks=[]).joins
    assert not spec(network_mode="host").joins
