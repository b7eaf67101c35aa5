"""What looks like a secret is hidden in what is told; everything else is left as it is."""

from typing import Any

import pytest

from controller.redaction import HIDDEN, shown, spec_shown


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.environment.DB_PASSWORD", "hunter2"),
        ("spec.environment.API_KEY", "hunter2"),
        ("spec.environment", {"GITHUB_TOKEN": "hunter2"}),
        ("spec.environment.URL", "postgres://me:hunter2@db/shop"),
        ("spec.command", ["serve", "--password=hunter2"]),
        ("spec.command", "serve --api-key hunter2"),
        ("spec.labels.auth", "hunter2"),
        ("spec.driver_opts.o", "addr=10.0.0.1,username=me,password=hunter2"),
        ("spec.build", {"args": {"NPM_TOKEN": "hunter2"}}),
    ],
)
def test_what_looks_like_a_secret_is_hidden(path: str, value: Any) -> None:
    told = str(shown(path, value))

    assert "hunter2" not in told
    assert HIDDEN in told


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.image", "shop/web:1"),
        ("spec.environment.MODE", "a"),
        ("spec.environment.DB_PASSWORD", None),
        ("spec.secrets", [{"source": "token", "target": "/run/secrets/token"}]),
        ("spec.environment", {"DB_PASSWORD": {"from": "secret/db"}}),
        ("spec.mem_limit", 67108864),
        ("spec.networks", {"back": {"aliases": ["db"]}}),
        ("spec.command", ["sh", "-c", "sleep 1 & wait $!"]),
    ],
)
def test_everything_else_is_told_as_it_is(path: str, value: Any) -> None:
    assert shown(path, value) == value


def test_a_spec_keeps_its_shape() -> None:
    spec = {"image": "a", "environment": {"A": "1", "PASSWORD": "2"}, "ports": [{"target": 80, "published": "8080"}]}

    assert spec_shown(spec) == {**spec, "environment": {"A": "1", "PASSWORD": HIDDEN}}
