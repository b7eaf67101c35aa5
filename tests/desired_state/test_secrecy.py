"""What looks secret is recognised by its name or by what it holds."""

import pytest

from desired_state.secrecy import looks_secret


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POSTGRES_PASSWORD", "x"),
        ("DB_PASS", "x"),
        ("API_KEY", "x"),
        ("GITHUB_TOKEN", "x"),
        ("client.secret", "x"),
        ("DATABASE_URL", "postgres://me:pw@db/shop"),
        ("ANYTHING", "ghp_0123456789"),
        ("CERT", "-----BEGIN RSA PRIVATE KEY-----"),
    ],
)
def test_secrets_are_recognised(name: str, value: str) -> None:
    assert looks_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PATH", "/bin"),
        ("POSTGRES_PASSWORD_FILE", "/run/secrets/pw"),
        ("KEYBOARD", "de"),
        ("MYSQL_ALLOW_EMPTY_PASSWORD", "yes"),
        ("TOKEN_TTL", "3600"),
        ("DATABASE_URL", "postgres://db/shop"),
        ("PASSWORD", None),
    ],
)
def test_other_values_are_shown(name: str, value: str | None) -> None:
    assert not looks_secret(name, value)
