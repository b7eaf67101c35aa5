import pytest

from dockerfiles import secrecy


@pytest.mark.parametrize(
    "name",
    [
        *("SECRET_KEY", "DB_PASSWORD", "MYSQL_PASS", "DBPASSWORD", "GITHUB_TOKEN", "stripeApiKey", "AWS_ACCESS_KEY_ID"),
        *("GOOGLE_CREDENTIALS", "SENTRY_DSN", "DATABASE_URL", "MONGO_URI", "SQLALCHEMY_DATABASE_URI", "JWT_SECRET"),
        *("ConnectionString", "DJANGO_SUPERUSER_PASSWORD", "AZURE_STORAGE_CONNECTION_STRING", "FERNET_KEYS"),
    ],
)
def test_a_secret_is_known_by_its_name(name: str) -> None:
    assert secrecy.is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        *("PORT", "KEYBOARD_LAYOUT", "VAPID_PUBLIC_KEY", "STRIPE_PUBLISHABLE_KEY", "ACCESS_TOKEN_EXPIRE_MINUTES"),
        *(
            "SECRET_KEY_FILE",
            "MAX_TOKENS",
            "PASSWORD_MIN_LENGTH",
            "MONKEY",
            "COMPASS_URL",
            "REDIS_URL",
            "PWD",
            "TOKEN_URL",
        ),
        *("CACHE_KEY", "AUTHOR", "BYPASS_CACHE"),
    ],
)
def test_a_name_that_only_speaks_of_one_is_none(name: str) -> None:
    assert not secrecy.is_secret(name)


@pytest.mark.parametrize(
    "value",
    ["redis://:hunter2@cache:6379", "amqp://guest:guest@mq", "-----BEGIN RSA PRIVATE KEY-----", "ghp_" + "a" * 36],
)
def test_a_value_gives_a_secret_away_whatever_its_name(value: str) -> None:
    assert secrecy.is_secret("BROKER_URL", value)


def test_only_the_default_of_what_is_no_secret_is_shown() -> None:
    assert secrecy.showable("LOG_LEVEL", "info") == "info"
    assert secrecy.showable("LOG_LEVEL", None) is None
    assert secrecy.showable("SECRET_KEY", "change-me") is None
    assert secrecy.showable("CACHE_URL", "redis://:hunter2@cache:6379") is None
    assert secrecy.showable("CACHE_URL", "redis://cache:6379/0") == "redis://cache:6379/0"
