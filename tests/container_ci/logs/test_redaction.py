"""No secret leaves: neither one that is known, nor one that looks like one."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from container_ci.logs.redaction import Redactor, is_secret_name, secrets_of

SECRET = "tr0ub4dor&3/x+y="
KNOWN = Redactor({"DB_PASSWORD": SECRET})

KNOWN_FORMS = (
    SECRET,
    quote(SECRET, safe=""),
    json.dumps(SECRET + '"')[1:-1],
    base64.b64encode(SECRET.encode()).decode(),
    base64.urlsafe_b64encode(SECRET.encode()).decode(),
    base64.b64encode(f"u:{SECRET}".encode()).decode(),
    base64.b64encode(f"me:{SECRET}!".encode()).decode(),
    base64.b64encode(f"ann:{SECRET}".encode()).decode(),
)
KNOWN_PLACES = (
    "FATAL: login failed for user shop with {}",
    "connecting to postgres://shop:{}@db/shop",
    "{}",
    'panic: {{"dsn":"{}"}}',
    "argument list: [--password, {}]",
)

# A line, and the part of it that nobody may see.
BY_NAME = tuple(
    (pattern.format(value), value)
    for value in ("hunter2-hunter2", "Zm9vYmFyYmF6cXV4")
    for pattern in (
        "PASSWORD={}",
        "password: {}",
        "DB_PASSWD='{}'",
        'POSTGRES_PASSWORD="{}"',
        '{{"password": "{}"}}',
        "{{'secret': '{}'}}",
        'level=info msg="x" api_key={}',
        "apiKey: {}",
        "AWS_SECRET_ACCESS_KEY={}",
        "--token {}",
        "--token={}",
        "--db-password {}",
        "client_secret={}&grant_type=x",
        "GET /login?access_token={}&next=/",
        "session_id={}; Path=/",
        "Cookie: sid={}",
        "Set-Cookie: auth={}; HttpOnly",
        "Authorization: Bearer {}",
        '"Authorization": "Basic {}"',
        "authorization: Token {}",
        "private_key => {}",
        "requirepass {}".replace(" ", ": "),
        "redis://default:{}@cache:6379/0",
        "amqp://guest:{}@mq//",
        "mongodb+srv://app:{}@cluster0.example.net/db",
        "jdbc:postgresql://db/x?user=a&password={}",
        "Server=db;User Id=sa;Password={};",
        'conn_str="{}"',
        "encryption-key = {}",
        "credentials: {}",
        "SENTRY_DSN={}",
        '\\"password\\": \\"{}\\"',
    )
)
BY_SHAPE = tuple(
    (f"unexpected value {value} in line 3", value)
    for value in (
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl",
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "ASIA" + "ABCDEFGHIJKLMNOP",
        "ghp_" + "a1" * 18,
        "gho_" + "b2" * 18,
        "github_pat_" + "c3" * 20,
        "glpat-" + "d4" * 10,
        "sk-" + "e5" * 16,
        "sk_live_" + "f6" * 12,
        "rk_test_" + "f6" * 12,
        "xoxb-" + "123456-" * 3 + "abcdef",
        "AIza" + "Sy" * 18,
        "ya29." + "Ab" * 14,
        "npm_" + "a1" * 18,
        "pypi-" + "Ag" * 20,
        "hvs." + "Cd" * 14,
        "SG." + "a" * 20 + "." + "b" * 20,
        "dop_v1_" + "ab" * 24,
        "AGE-SECRET-KEY-" + "1Q" * 14,
    )
)
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----"

ORDINARY = (
    "0 errors, 3 warnings",
    "token expired",
    "invalid password for user shop",
    'FATAL:  password authentication failed for user "shop"',
    "missing required secret DB_PASSWORD",
    "secret: <secret:DB_PASSWORD>",
    "keyboard layout: us",
    "monkey=banana",
    "GET /tokens 200 12ms",
    "passed=12 failed=0",
    "https://example.net:8443/path",
    "author: ann",
    "PASSWORD=",
    "password: null",
    "password: ${DB_PASSWORD}",
    "Connection: keep-alive",
)


@pytest.mark.parametrize("form", KNOWN_FORMS)
@pytest.mark.parametrize("place", KNOWN_PLACES)
def test_a_known_secret_is_seen_in_no_form(form: str, place: str) -> None:
    assert form not in KNOWN.redact(place.format(form))


@pytest.mark.parametrize(("line", "secret"), [*BY_NAME, *BY_SHAPE, (PEM, "MIIEow"), (PEM[:50], "MIIEow")])
def test_what_looks_like_a_secret_is_not_seen(line: str, secret: str) -> None:
    assert secret not in Redactor().redact(line)


def test_the_corpus_plants_a_hundred_secrets() -> None:
    assert len(KNOWN_FORMS) * len(KNOWN_PLACES) + len(BY_NAME) + len(BY_SHAPE) >= 100


@pytest.mark.parametrize("line", ORDINARY)
def test_an_ordinary_line_stays_as_it_is(line: str) -> None:
    assert Redactor().redact(line) == line


def test_equal_secrets_keep_one_tag_and_the_rest_of_the_line_its_words() -> None:
    said = KNOWN.redact(f"login {SECRET} refused, tried {SECRET} twice")

    assert said == "login <secret:DB_PASSWORD> refused, tried <secret:DB_PASSWORD> twice"


def test_redacting_twice_changes_nothing_more() -> None:
    for line, _ in BY_NAME:
        once = Redactor().redact(line)

        assert Redactor().redact(once) == once


def test_values_under_a_secrets_name_go_in_structures_too() -> None:
    shown = KNOWN.redact_all({"env": {"API_TOKEN": "abc", "PORT": "80"}, "lines": [SECRET]})

    assert shown == {"env": {"API_TOKEN": "<secret:API_TOKEN>", "PORT": "80"}, "lines": ["<secret:DB_PASSWORD>"]}


def test_the_redactor_shows_names_and_no_values() -> None:
    assert SECRET not in repr(KNOWN)
    assert "DB_PASSWORD" in repr(KNOWN)


def test_the_secrets_of_an_environment_are_known_by_name_and_from_urls() -> None:
    environment = {
        "DATABASE_URL": "postgres://shop:s3cr3t-pw@db/shop",
        "APP_KEY": "x",
        "SECRET_KEY": "abc",
        "PORT": "1",
    }

    assert secrets_of(environment) == {"SECRET_KEY": "abc", "DATABASE_URL:password": "s3cr3t-pw"}


@pytest.mark.parametrize(
    ("name", "secret"),
    [("DB_PASSWORD", True), ("api-key", True), ("SESSION_KEY", True), ("AUTHOR", False), ("PASSENGERS", False)],
)
def test_names_tell_what_is_secret(name: str, secret: bool) -> None:
    assert is_secret_name(name) is secret


@given(st.text(alphabet=st.characters(codec="ascii", categories=("L", "N", "P")), min_size=12, max_size=40), st.text())
def test_no_known_value_survives_anywhere(value: str, around: str) -> None:
    said = Redactor({"S": value}).redact(f"{around} {value} {around}")

    assert value not in said.replace("<secret:S>", "")
