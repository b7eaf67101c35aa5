"""How a container asks for what Configs and Secrets hold."""

from typing import Any

import pytest

from desired_state.container import ContainerSpec
from desired_state.key import Key
from desired_state.references import references
from desired_state.resource import Resource
from tests.desired_state.texts import container, problems


def spec(**fields: Any) -> ContainerSpec:
    return ContainerSpec.model_validate({"image": "x", **fields})


def test_a_variable_from_a_secret_reads_back_as_it_was_declared() -> None:
    environment = {"PASSWORD": {"secret": "db", "key": "P"}, "PLAIN": "1", "HERE": None}

    assert spec(environment=environment).declared()["environment"] == environment


def test_what_is_asked_of_configs_and_secrets_is_needed() -> None:
    asking = spec(
        environment={"A": {"secret": "db"}}, env_from=[{"config": "all"}], configs=["app"], secrets=["certificate"]
    )
    found = references(Resource(Key("Container", "shop", "web"), asking))

    assert [str(one.key) for one in found if one.key.kind in ("Config", "Secret")] == [
        "secret/shop/db",
        "config/shop/all",
        "config/shop/app",
        "secret/shop/certificate",
    ]


def test_files_are_found_where_compose_puts_them() -> None:
    files = spec(configs=["app"], secrets=["db", {"source": "key", "target": "/etc/key"}])

    assert [one.path("Config") for one in files.configs or ()] == ["/app"]
    assert [one.path("Secret") for one in files.secrets or ()] == ["/run/secrets/db", "/etc/key"]


@pytest.mark.parametrize(("given", "canonical"), [("HUP", "SIGHUP"), ("sigusr1", "SIGUSR1"), (10, "10")])
def test_signals_are_known_by_their_short_names_too(given: object, canonical: str) -> None:
    reference = spec(configs=[{"source": "app", "on_change": {"signal": given}}]).declared()["configs"][0]

    assert reference["on_change"] == {"signal": canonical}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("environment: {A: {secret: db, config: app}}", "environment.A: name exactly one secret or config"),
        ("environment: {A: {secrte: db}}", 'unknown field "secrte" in environment.A; did you mean "secret"?'),
        ("env_from: [{prefix: A_}]", "env_from[0]: name exactly one secret or config"),
        (
            "configs: [{source: app, on_change: reload}]",
            "configs[0].on_change: must be recreate, restart, none or {signal: SIGHUP}, not 'reload'",
        ),
        (
            "configs: [{source: app, on_change: {signal: HANGUP}}]",
            "configs[0].on_change.signal: 'HANGUP' is not a signal; write it like SIGHUP",
        ),
        ("volumes: ['/etc:/app']\nconfigs: [app]", "something else is mounted at /app already"),
        (
            "configs: [{source: app, target: /run/app}]\ntmpfs: [/run]",
            "/run/app lies below the tmpfs /run, which is empty at each start; choose another target",
        ),
        (
            "read_only: true\nconfigs: [app]",
            (
                "a read_only container can't get a file at /app; "
                "write a target in a folder of its own, such as /run/configs/app"
            ),
        ),
    ],
)
def test_mistakes_are_told_with_their_place(text: str, message: str) -> None:
    (found,) = problems(container(f"image: x\n{text}", name="web"))

    assert found.startswith("stdin:")
    assert found.endswith(f'Container "web": {message}')
