"""The daemon is found as the docker command finds it."""

import hashlib
import json
from pathlib import Path

import pytest

from engine.errors import EngineUnreachable
from engine.hosts import DEFAULT_URL, resolve_host


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder as the Docker configuration."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path


def add_context(config: Path, name: str, url: str) -> None:
    folder = config / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    folder.mkdir(parents=True)
    endpoints = {"docker": {"Host": url, "SkipTLSVerify": False}}
    (folder / "meta.json").write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": endpoints}))


def make_current(config: Path, name: str) -> None:
    (config / "config.json").write_text(json.dumps({"currentContext": name}))


def test_the_local_socket_is_the_default(config: Path) -> None:
    host = resolve_host({})

    assert (host.url, host.source, host.tls) == (DEFAULT_URL, "default", None)


def test_docker_host_comes_first(config: Path) -> None:
    make_current(config, "remote")

    host = resolve_host({"DOCKER_HOST": "tcp://10.0.0.1:2375", "DOCKER_CONTEXT": "other"})

    assert (host.url, host.source) == ("tcp://10.0.0.1:2375", "DOCKER_HOST")


def test_docker_context_comes_before_the_configured_context(config: Path) -> None:
    make_current(config, "remote")
    add_context(config, "other", "tcp://10.0.0.2:2375")

    host = resolve_host({"DOCKER_CONTEXT": "other"})

    assert (host.url, host.source) == ("tcp://10.0.0.2:2375", 'context "other"')


def test_the_configured_context_is_used(config: Path) -> None:
    make_current(config, "remote")
    add_context(config, "remote", "ssh://me@example")

    assert resolve_host({}).url == "ssh://me@example"


def test_a_context_that_does_not_exist_is_named(config: Path) -> None:
    make_current(config, "gone")

    with pytest.raises(EngineUnreachable, match='no Docker context "gone"'):
        resolve_host({})


def test_a_damaged_context_is_named(config: Path) -> None:
    add_context(config, "remote", "tcp://10.0.0.1:2375")
    next((config / "contexts").rglob("meta.json")).write_text("{")

    with pytest.raises(EngineUnreachable, match='context "remote"'):
        resolve_host({"DOCKER_CONTEXT": "remote"})


def test_certificates_that_are_not_there_are_told(config: Path, tmp_path: Path) -> None:
    environment = {"DOCKER_HOST": "tcp://10.0.0.1:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(tmp_path)}

    with pytest.raises(EngineUnreachable, match="DOCKER_CERT_PATH"):
        resolve_host(environment)
