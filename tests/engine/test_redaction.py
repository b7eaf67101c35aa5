"""What is secret is taken out of every text, however it is quoted."""

import pytest

from engine.errors import Refused
from engine.observing import container
from engine.redaction import keep_secret, redacted
from tests.engine.test_observing import inspect_of


@pytest.mark.parametrize(
    ("secret", "text", "told"),
    [
        ("correct-horse", "password correct-horse is wrong", "password *** is wrong"),
        ("ends in a line\n", 'got "ends in a line"', 'got "***"'),
        ('quote"inside', 'Env: ["P=quote\\"inside"]', 'Env: ["P=***"]'),
        ("first long line\nsecond long line", "saw second long line", "saw ***"),
        ("root", "user root", "user root"),
    ],
)
def test_a_secret_is_masked(secret: str, text: str, told: str) -> None:
    keep_secret(secret)

    assert redacted(text) == told


def test_the_longest_of_two_secrets_is_masked_whole() -> None:
    keep_secret("secret-one")
    keep_secret("secret-one-and-more")

    assert redacted("secret-one-and-more") == "***"


def test_no_error_of_an_engine_tells_a_secret() -> None:
    keep_secret("told-by-nobody")
    error = Refused("cannot create: told-by-nobody")

    assert (error.message, str(error)) == ("cannot create: ***", "cannot create: ***")


def test_a_health_check_that_prints_a_secret_is_masked() -> None:
    keep_secret("printed-by-a-check")
    health = {"Status": "unhealthy", "Log": [{"Output": "login with printed-by-a-check failed"}]}

    assert container(inspect_of(State={"Health": health})).health_output == "login with *** failed"
