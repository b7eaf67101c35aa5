"""A model is asked only where somebody configured one, and never over an open wire to a stranger."""

from pathlib import Path

import pytest

from container_ci.model.settings import NotConfigured, settings_from

LOCAL = {"ERGON_AI_URL": "http://127.0.0.1:11434/v1/", "ERGON_AI_MODEL": "small"}


def test_without_configuration_nothing_is_asked() -> None:
    with pytest.raises(NotConfigured, match="ERGON_AI_URL and ERGON_AI_MODEL not set") as refused:
        settings_from({})

    assert "ERGON_AI_URL" in refused.value.hint


def test_an_endpoint_and_a_model_are_enough() -> None:
    found = settings_from(LOCAL)

    assert (found.url, found.model, found.host) == ("http://127.0.0.1:11434/v1", "small", "127.0.0.1:11434")
    assert (found.requests, found.seconds) == (8, 30.0)


@pytest.mark.parametrize(
    "url", ["http://api.example.net/v1", "http://8.8.8.8/v1", "ftp://x/v1", "nonsense", "https://"]
)
def test_an_endpoint_that_would_be_told_in_the_open_is_refused(url: str) -> None:
    with pytest.raises(NotConfigured, match="ERGON_AI_URL"):
        settings_from(LOCAL | {"ERGON_AI_URL": url})


@pytest.mark.parametrize("url", ["https://api.example.net/v1", "http://ollama:11434/v1", "http://10.0.0.4/v1"])
def test_other_endpoints_are_taken(url: str) -> None:
    assert settings_from(LOCAL | {"ERGON_AI_URL": url}).url == url


@pytest.mark.parametrize("value", ["many", "0", "-1", "nan", "inf"])
def test_a_budget_is_a_number_above_zero(value: str) -> None:
    with pytest.raises(NotConfigured, match="ERGON_AI_TOKENS"):
        settings_from(LOCAL | {"ERGON_AI_TOKENS": value})


def test_the_key_may_stand_in_a_file_and_is_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("k3y-k3y-k3y\n")

    found = settings_from(LOCAL | {"ERGON_AI_KEY_FILE": str(path)})

    assert found.key == "k3y-k3y-k3y"
    assert "k3y" not in repr(found)


def test_a_key_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="can't be read"):
        settings_from(LOCAL | {"ERGON_AI_KEY_FILE": str(tmp_path / "none")})
