"""What a registry is asked, how its challenges are answered, and what its refusals mean to a person."""

import base64
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from desired_state.image_reference import Reference
from engine.errors import PullFailed
from engine.registry.client import RegistryClient
from engine.registry.credentials import Credentials
from engine.registry.endpoints import endpoints
from engine.registry.failures import retry_after
from engine.registry.tokens import may_carry_secrets
from tests.engine.fake_registry import Answer, Asked, FakeRegistry, Reply, digest_of, fake_registry, json_reply

ANN = Credentials("ann", "secret")


@contextmanager
def client_of(answer: Answer, credentials: Credentials | None = None) -> Iterator[tuple[RegistryClient, FakeRegistry]]:
    """Have a client of a registry that answers so."""
    with (
        fake_registry(answer) as registry,
        closing(RegistryClient(registry.address, endpoints(registry.address, {}), credentials)) as client,
    ):
        yield client, registry


def web(registry: FakeRegistry, tag: str = "1") -> Reference:
    return Reference(registry.address, "shop/web", tag)


def basic(credentials: Credentials) -> str:
    return "Basic " + base64.b64encode(f"{credentials.username}:{credentials.password}".encode()).decode()


# what is asked


def test_a_tag_is_resolved_by_its_head_alone() -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(headers={"Docker-Content-Digest": "sha256:abc"})

    with client_of(answer) as (client, registry):
        digest = client.digest(web(registry))

    assert digest == "sha256:abc"
    assert [(one.method, one.path) for one in registry.asked] == [("HEAD", "/v2/shop/web/manifests/1")]
    assert "application/vnd.oci.image.index.v1+json" in registry.asked[0].headers["accept"]


def test_a_registry_that_names_no_digest_has_its_manifest_digested() -> None:
    with client_of(lambda asked: Reply(body=b'{"a": 1}')) as (client, registry):
        assert client.digest(web(registry)) == digest_of(b'{"a": 1}')


def test_all_pages_of_a_list_of_tags_are_read() -> None:
    def answer(asked: Asked) -> Reply:
        if "last=" in asked.path:
            return json_reply({"tags": ["3"]})
        return json_reply({"tags": ["1", "2"]}, Link='</v2/shop/web/tags/list?n=1000&last=2>; rel="next"')

    with client_of(answer) as (client, registry):
        assert client.tags(web(registry)) == ["1", "2", "3"]


def test_a_repository_without_tags_has_none() -> None:
    with client_of(lambda asked: json_reply({"name": "shop/web", "tags": None})) as (client, registry):
        assert client.tags(web(registry)) == []


def test_the_age_of_an_image_is_what_its_config_says() -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/manifests/1"):
            unknown = {"digest": "sha256:attest", "platform": {"os": "unknown"}}
            return json_reply({"manifests": [unknown, {"digest": "sha256:linux", "platform": {"os": "linux"}}]})
        if asked.path.endswith("/manifests/sha256:linux"):
            return json_reply({"config": {"digest": "sha256:config"}})
        assert asked.path.endswith("/blobs/sha256:config")
        return json_reply({"created": "2026-05-01T12:00:00Z"})

    with client_of(answer) as (client, registry):
        assert client.created(web(registry)) == datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_an_image_that_claims_to_be_from_1970_has_no_age() -> None:
    def answer(asked: Asked) -> Reply:
        if "manifests" in asked.path:
            return json_reply({"config": {"digest": "sha256:config"}})
        return json_reply({"created": "1970-01-01T00:00:00Z"})

    with client_of(answer) as (client, registry):
        assert client.created(web(registry)) is None


# who asks


def wants_basic(asked: Asked) -> Reply:
    if asked.headers.get("authorization") == basic(ANN):
        return json_reply({"tags": ["1"]})
    return Reply(401, headers={"WWW-Authenticate": 'Basic realm="registry"'})


def test_a_basic_challenge_is_answered_by_the_credentials() -> None:
    with client_of(wants_basic, ANN) as (client, registry):
        assert client.tags(web(registry)) == ["1"]


def token_server(given: str) -> Answer:
    """Return answers of a registry whose token server takes this `Authorization`, "" for nobody's."""

    def answer(asked: Asked) -> Reply:
        host = asked.headers["host"]
        if asked.path.startswith("/token"):
            if asked.headers.get("authorization", "") != given:
                return Reply(401)
            return json_reply({"token": f"t-{parse_qs(urlsplit(asked.path).query)['scope'][0]}"})
        if asked.headers.get("authorization") == "Bearer t-repository:shop/web:pull":
            return json_reply({"tags": ["1"]})
        realm = f'Bearer realm="http://{host}/token",service="reg",scope="repository:shop/web:pull"'
        return Reply(401, headers={"WWW-Authenticate": realm})

    return answer


def test_a_bearer_challenge_is_answered_by_a_token_for_nobody() -> None:
    with client_of(token_server("")) as (client, registry):
        assert client.tags(web(registry)) == ["1"]


def test_a_token_is_asked_for_with_the_credentials_and_used_again() -> None:
    with client_of(token_server(basic(ANN)), ANN) as (client, registry):
        client.tags(web(registry))
        client.tags(web(registry))

    assert [path.partition("?")[0] for path in registry.paths].count("/token") == 1


def test_an_identity_token_is_exchanged_for_a_token() -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/token"):
            form = parse_qs(asked.body.decode())
            assert (form["grant_type"], form["refresh_token"]) == (["refresh_token"], ["it"])
            return json_reply({"access_token": "t"})
        if asked.headers.get("authorization") == "Bearer t":
            return json_reply({"tags": ["1"]})
        return Reply(401, headers={"WWW-Authenticate": f'Bearer realm="http://{asked.headers["host"]}/token"'})

    with client_of(answer, Credentials(identity_token="it")) as (client, registry):
        assert client.tags(web(registry)) == ["1"]


def test_credentials_are_never_shown() -> None:
    assert "secret" not in repr(ANN)


# what a refusal means


@pytest.mark.parametrize(
    ("reply", "reason", "words"),
    [
        (Reply(404), "NotFound", "check its name and tag"),
        (Reply(403), "AuthFailed", "`docker login "),
        (Reply(429), "RateLimited", "asks to wait"),
        (Reply(503), "Unreachable", "HTTP status 503"),
        (Reply(200, b"<html>"), "Unreachable", "not like a registry"),
        (Reply(200, b"[]"), "Unreachable", "not like a registry"),
        (Reply(200, b'{"tags": ["1"]}', cut_after=5), "Unreachable", "broke off its answer"),
    ],
)
def test_a_refusal_has_its_reason_and_the_next_step(reply: Reply, reason: str, words: str) -> None:
    failed = failure_of(lambda asked: reply)

    assert failed.reason == reason
    assert re.fullmatch(rf"cannot list the tags of 127.0.0.1:\d+/shop/web: .*{re.escape(words)}.*", failed.message)


@pytest.mark.parametrize("answer", [wants_basic, token_server(basic(ANN))])
def test_wrong_credentials_are_the_users_to_mend(answer: Answer) -> None:
    failed = failure_of(answer, Credentials("bob", "hunter2"))

    assert failed.reason == "AuthFailed"
    assert "does not accept the credentials" in failed.message
    assert "hunter2" not in failed.message


def test_missing_credentials_are_told_apart_from_wrong_ones() -> None:
    failed = failure_of(wants_basic)

    assert failed.reason == "AuthFailed"
    assert "wants credentials" in failed.message


def test_a_registry_that_is_not_there_is_unreachable() -> None:
    with fake_registry(lambda asked: Reply()) as registry:
        gone = registry.address
    client = RegistryClient(gone, endpoints(gone, {}), None)

    with closing(client), pytest.raises(PullFailed, match=r"can't be reached \(Connection refused\)") as failed:
        client.tags(Reference(gone, "shop/web", "1"))

    assert failed.value.reason == "Unreachable"


def test_a_registry_that_answers_too_slowly_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.registry.line._WHOLE_S", 0.0)

    assert "answers too slowly" in failure_of(lambda asked: json_reply({"tags": []})).message


def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.registry.line._MOST_BYTES", 100)

    assert "answers with more than" in failure_of(lambda asked: Reply(body=b"x" * 1000)).message


def test_a_token_is_not_asked_for_at_an_address_that_can_not_be_reached() -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(401, headers={"WWW-Authenticate": 'Bearer realm="http://127.0.0.1:1/token"'})

    assert failure_of(answer, ANN).reason == "Unreachable"


def failure_of(answer: Answer, credentials: Credentials | None = None) -> PullFailed:
    """Return how listing the tags of a registry that answers so fails."""
    with client_of(answer, credentials) as (client, registry), pytest.raises(PullFailed) as failed:
        client.tags(web(registry))
    return failed.value


@pytest.mark.parametrize(
    ("realm", "registry", "may"),
    [
        ("https://auth.invalid/token", "https://reg.invalid", True),
        ("http://auth.invalid/token", "https://reg.invalid", False),
        ("http://127.0.0.1:5000/token", "http://127.0.0.1:5000", True),
    ],
)
def test_credentials_go_out_in_clear_text_only_where_all_is_clear_text(realm: str, registry: str, may: bool) -> None:
    assert may_carry_secrets(realm, registry) == may


NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("Fri, 01 May 2026 12:01:00 GMT", 60.0),
        ("Fri, 01 May 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("999999999", 86400.0),
    ],
)
def test_a_registry_says_when_to_come_again(text: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": text}, NOON) == seconds


# where it listens


def test_docker_hub_listens_elsewhere_than_its_name_says() -> None:
    assert [one.url for one in endpoints("docker.io", {})] == ["https://registry-1.docker.io"]


@pytest.mark.parametrize("registry", ["127.0.0.1:5000", "localhost:5000", "[::1]:5000"])
def test_a_registry_on_loopback_may_speak_in_clear_text(registry: str) -> None:
    assert [one.url for one in endpoints(registry, {})] == [f"https://{registry}", f"http://{registry}"]


def test_what_the_daemon_was_told_to_trust_is_trusted() -> None:
    config = {"IndexConfigs": {"reg.invalid:5000": {"Secure": False}}, "InsecureRegistryCIDRs": ["10.0.0.0/8"]}

    assert len(endpoints("reg.invalid:5000", config)) == 2
    assert len(endpoints("10.1.2.3:5000", config)) == 2
    assert len(endpoints("127.0.0.1:5000", config)) == 1
