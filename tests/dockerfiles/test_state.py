"""The state file of a project: what it declares, how services are found, and where secrets are."""

from pathlib import Path

import pytest

from desired_state.loader import load
from dockerfiles.state import State, secrets_text, slug, state, text
from dockerfiles.wiring import SERVICES, value_for
from tests.dockerfiles.samples import every, generated


@pytest.mark.parametrize(
    ("variable", "services", "value"),
    [
        ("DATABASE_URL", ("postgres",), ("postgresql://app:{password}@postgres:5432/app", "postgres")),
        ("PGHOST", ("postgres",), ("postgres", "postgres")),
        ("DB_PASSWORD", ("redis", "mysql"), ("{password}", "mysql")),
        ("CELERY_BROKER_URL", ("redis",), ("redis://redis:6379/0", "redis")),
        ("SHOP_REDIS_PORT", ("redis",), ("6379", "redis")),
        ("MONGODB_URI", ("mongodb",), ("mongodb://mongodb:27017/app", "mongodb")),
        ("DATABASE_URL", ("redis",), None),
        ("STRIPE_KEY", ("postgres", "redis"), None),
        ("PORT", ("postgres",), None),
        ("DATABASE_URL", ("something-else",), None),
    ],
)
def test_a_variable_says_where_a_service_runs(
    variable: str, services: tuple[str, ...], value: tuple[str, str] | None
) -> None:
    assert value_for(variable, services) == value


@pytest.mark.parametrize("name", SERVICES)
def test_an_address_names_the_service_and_its_port(name: str) -> None:
    assert f"{name}:{SERVICES[name].port}" in SERVICES[name].url


def test_secrets_are_made_up_once_and_what_is_there_stays() -> None:
    lines = {"DATABASE_URL": "pg://app:{POSTGRES_PASSWORD}@postgres", "POSTGRES_PASSWORD": "{}", "STRIPE_KEY": ""}
    declared = State((), lines)
    made = iter(["first", "second"])

    first = secrets_text(declared, "", lambda: next(made))
    again = secrets_text(declared, first, lambda: next(made))

    assert first == (
        "POSTGRES_PASSWORD=first\nDATABASE_URL=pg://app:first@postgres\n# Only you know it:\nSTRIPE_KEY=\n"
    )
    assert again == first


@pytest.mark.parametrize(("given", "name"), [("My Shop", "my-shop"), ("@acme/web", "acme-web"), ("...", "app")])
def test_any_name_of_a_project_becomes_one_of_a_resource(given: str, name: str) -> None:
    assert slug(given) == name


def test_the_state_files_of_all_samples_are_valid(tmp_path: Path) -> None:
    kinds: set[str] = set()
    for number, sample in enumerate(each for each in every() if not each.expected.get("error")):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text(state(generated(sample), sample.path.stem)))
        loaded = load([path], environment={})
        kinds |= {resource.key.kind for resource in loaded.resources}

    assert kinds >= {"Image", "Container", "Volume", "Secret"}
