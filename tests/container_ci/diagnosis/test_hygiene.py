"""Hygiene says what could be better, and is never named as a cause."""

import pytest

from container_ci.diagnosis.diagnose import diagnose
from observed_state.container import PublishedPort
from tests.container_ci.diagnosis.scenes import ended, hygiene, rules, running


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        ("privileged", {"host": {"Privileged": True}}),
        ("docker-sock-mounted", {"host": {"Binds": ["/var/run/docker.sock:/var/run/docker.sock"]}}),
        ("host-namespaces", {"network_mode": "host"}),
        ("caps-added", {"host": {"CapAdd": ["SYS_ADMIN"]}}),
        ("latest-tag", {"image": "shop/web:latest"}),
        ("no-tag", {"image": "shop/web"}),
        ("secrets-in-env", {"config": {"Env": ["DB_PASSWORD=Tr0ub4dor"]}}),
        ("secret-in-cmd", {"argv": ("web", "--password=Tr0ub4dor")}),
        ("default-password", {"config": {"Env": ["POSTGRES_PASSWORD=postgres"]}}),
        ("log-unbounded", {"host": {"LogConfig": {"Type": "json-file", "Config": {}}}}),
        ("published-all-interfaces", {"ports": (PublishedPort(5432, "tcp", "0.0.0.0", 5432),)}),
        ("zombies", {"zombies": 9}),
        ("anonymous-volume-data", {"volumes": {"/var/lib/postgresql/data": "a" * 64}}),
        ("dev-server-in-prod", {"argv": ("uvicorn", "main:app", "--reload")}),
        ("debug-env", {"config": {"Env": ["FLASK_DEBUG=1"]}}),
        ("swap-unlimited", {"resources": {"Memory": 1 << 26, "MemorySwap": -1}}),
    ],
)
def test_each_habit_is_noticed_and_is_no_finding(rule: str, given: dict[str, object]) -> None:
    situation = running(**given)  # type: ignore[arg-type]  # fields of two values

    assert rule in hygiene(situation)
    assert rule not in hygiene(running())
    assert rules(situation) == []


def test_a_careful_container_has_nothing_to_improve() -> None:
    careful = running(
        image="shop/web:1.4",
        health="healthy",
        resources={"Memory": 1 << 26, "NanoCpus": 10**9, "PidsLimit": 64},
        config={"User": "1000"},
        host={"ReadonlyRootfs": True},
    )

    assert hygiene(careful) == {"no-restart-policy"}


def test_secrets_are_named_and_never_shown() -> None:
    shown = repr(diagnose(ended(0, config={"Env": ["DB_PASSWORD=Tr0ub4dor"]}, argv=("x", "--token=s3cr3tvalue"))))

    assert "DB_PASSWORD" in shown
    assert "Tr0ub4dor" not in shown
    assert "s3cr3tvalue" not in shown
