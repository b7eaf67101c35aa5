"""Finding the engine that the docker command would use."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.tools.fake_engine import FakeEngine
from tools import docker_api


@pytest.fixture
def with_context(tmp_path: Path) -> dict[str, str]:
    """An environment whose current context `far` is at tcp://far:2375."""
    meta = tmp_path / "contexts" / "meta" / hashlib.sha256(b"far").hexdigest() / "meta.json"
    meta.parent.mkdir(parents=True)
    meta.write_text(json.dumps({"Name": "far", "Endpoints": {"docker": {"Host": "tcp://far:2375"}}}))
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "far"}))
    return {"DOCKER_CONFIG": str(tmp_path)}


def test_the_current_context_names_the_engine(with_context: dict[str, str]) -> None:
    assert docker_api.current_host(with_context) == "tcp://far:2375"


def test_docker_host_wins_over_the_current_context(with_context: dict[str, str]) -> None:
    assert docker_api.current_host({**with_context, "DOCKER_HOST": "unix:///mine"}) == "unix:///mine"


def test_docker_context_wins_over_docker_host(with_context: dict[str, str]) -> None:
    environ = {**with_context, "DOCKER_HOST": "unix:///mine", "DOCKER_CONTEXT": "far"}

    assert docker_api.current_host(environ) == "tcp://far:2375"


def test_without_any_of_them_it_is_the_default_socket(tmp_path: Path) -> None:
    assert docker_api.current_host({"DOCKER_CONFIG": str(tmp_path)}) == docker_api.DEFAULT_HOST


def test_an_engine_that_answers_tells_its_version(fake_engine: FakeEngine) -> None:
    assert docker_api.version_of(fake_engine.host) == "99.1.0"


@pytest.mark.parametrize("host", ["unix:///nobody/here.sock", "ssh://somewhere", "nonsense"])
def test_where_nobody_answers_there_is_no_version(host: str) -> None:
    assert docker_api.version_of(host) is None


def test_killing_all_containers_kills_each_running_one(fake_engine: FakeEngine) -> None:
    docker_api.kill_all(fake_engine.host)

    assert fake_engine.posted == ["/containers/abc/kill", "/containers/def/kill"]
