"""Each refusal of the daemon is the error that says what to do next."""

import pytest
import requests
from docker.errors import APIError, DockerException
from urllib3.exceptions import ProtocolError

from engine.errors import (
    Conflict,
    EngineError,
    EngineUnreachable,
    NameTaken,
    NotFound,
    NotSupported,
    PermissionDenied,
    Refused,
    ServerError,
    StartFailed,
)
from engine.pull_failures import pull_failure
from engine.translation import refusal, translated

HOLDER = "0123456789abcdef" * 4
NETWORKING = "failed to set up container networking: driver failed programming external connectivity on endpoint d: "
RUNC = "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: "


@pytest.mark.parametrize(
    ("status", "text", "error"),
    [
        (404, "No such container: web", NotFound),
        (404, "No such image: web:1", NotFound),
        (409, "Container x is not running", Conflict),
        (500, "Container x is not paused", Conflict),
        (409, "Memory limit should be smaller than already set memoryswap limit, update the memoryswap", Refused),
        (400, "invalid reference format", Refused),
        (403, "Pool overlaps with other one on this address space", Refused),
        (400, "client version 1.51 is too new. Maximum supported API version is 1.41", NotSupported),
        (501, "not implemented", NotSupported),
        (500, "layer does not exist", ServerError),
        (503, "starting up", ServerError),
    ],
)
def test_a_reply_is_sorted_by_what_to_do_next(status: int, text: str, error: type[EngineError]) -> None:
    translation = refusal("do it", status, text)

    assert type(translation) is error
    assert translation.message == f"cannot do it: {text}"


@pytest.mark.parametrize(
    ("text", "short"),
    [
        (
            RUNC + 'exec: "serve": executable file not found in $PATH: unknown',
            'exec: "serve": executable file not found in $PATH',
        ),
        ("OCI runtime create failed: container_linux.go:380: starting container process caused: x: unknown", "x"),
        (
            NETWORKING + "Bind for 0.0.0.0:80 failed: port is already allocated",
            NETWORKING + "Bind for 0.0.0.0:80 failed: port is already allocated",
        ),
    ],
)
def test_a_failed_start_is_told_without_the_layers_that_passed_it_on(text: str, short: str) -> None:
    assert refusal("start it", 400, text, starting=True).message == f"cannot start it: {short}"


@pytest.mark.parametrize("doing", ["", "Error when allocating new name: "])
def test_a_taken_name_tells_its_holder(doing: str) -> None:
    text = f'{doing}Conflict. The container name "/web" is already in use by container "{HOLDER}". You have to remove'

    taken = refusal('create container "web"', 409, text)

    assert isinstance(taken, NameTaken)
    assert taken.holder == HOLDER


@pytest.mark.parametrize(
    ("status", "text", "reason", "port"),
    [
        (500, "endpoint d: Bind for 0.0.0.0:8080 failed: port is already allocated", "PortInUse", 8080),
        (500, "endpoint d: Bind for :::8080 failed: port is already allocated", "PortInUse", 8080),
        (
            500,
            "Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use",
            "PortInUse",
            8080,
        ),
        (
            500,
            NETWORKING + "failed to bind host port for 0.0.0.0:8080:172.17.0.2:80/tcp: address already in use",
            "PortInUse",
            8080,
        ),
        (
            500,
            NETWORKING + "failed to bind host port 127.0.0.1:8080/tcp: address already in use",
            "PortInUse",
            8080,
        ),
        (400, RUNC + 'exec: "serve": executable file not found in $PATH: unknown', "CommandNotFound", None),
        (400, RUNC + 'exec: "/serve": stat /serve: no such file or directory: unknown', "CommandNotFound", None),
        (400, RUNC + 'exec: "/serve": permission denied: unknown', "CommandNotFound", None),
        (
            400,
            RUNC + 'error mounting "/a" to rootfs at "/b": mount /a:/b: not a directory: unknown: Are you trying to',
            "BadMount",
            None,
        ),
        (500, 'error while mounting volume "/v": failed to mount local volume: no such device', "BadMount", None),
        (500, 'could not select device driver "nvidia" with capabilities: [[gpu]]', "StartError", None),
        (400, RUNC + "cgroup: something new", "StartError", None),
        (409, f"task {'1c' * 32}: already exists", "StartError", None),
    ],
)
def test_a_start_that_fails_tells_its_reason(status: int, text: str, reason: str, port: int | None) -> None:
    failed = refusal("start container web", status, text, starting=True)

    assert isinstance(failed, StartFailed)
    assert (failed.reason, failed.port) == (reason, port)


def test_the_daemons_own_trouble_at_a_start_is_not_the_containers() -> None:
    assert type(refusal("start web", 500, "containerd: context deadline exceeded", starting=True)) is ServerError


def test_a_container_that_is_gone_at_its_start_is_not_found() -> None:
    assert type(refusal("start web", 404, "No such container: web", starting=True)) is NotFound


def failing_with(error: Exception) -> EngineError:
    with pytest.raises(EngineError) as raised, translated("list containers", "unix:///run/docker.sock"):
        raise error
    return raised.value


@pytest.mark.parametrize(
    ("cause", "error", "words"),
    [
        (
            FileNotFoundError(2, "No such file"),
            EngineUnreachable,
            "there is no Docker daemon at unix:///run/docker.sock",
        ),
        (ConnectionRefusedError(111, "refused"), EngineUnreachable, "no Docker daemon listens at"),
        (PermissionError(13, "denied"), PermissionDenied, "member of the group"),
        (TimeoutError("timed out"), EngineUnreachable, "did not answer in time"),
        (ConnectionResetError(104, "reset"), EngineUnreachable, "failed: .*reset"),
    ],
)
def test_an_unreachable_daemon_is_told_with_cause_place_and_next_step(
    cause: OSError, error: type[EngineError], words: str
) -> None:
    wrapped = requests.ConnectionError(ProtocolError("Connection aborted.", cause))

    unreachable = failing_with(wrapped)

    assert type(unreachable) is error
    assert unreachable.message.startswith("cannot list containers: ")
    with pytest.raises(EngineError, match=words):
        raise unreachable


def test_a_stream_that_broke_says_no_more() -> None:
    assert failing_with(ProtocolError("Connection broken: IncompleteRead")).message.endswith("broke off")


def test_a_silent_daemon_did_not_answer_in_time() -> None:
    assert "did not answer in time" in failing_with(requests.ReadTimeout("read timed out")).message


def test_a_reply_without_a_message_is_translated_too() -> None:
    response = requests.Response()
    response.status_code = 502

    assert isinstance(failing_with(APIError("bad gateway", response=response)), ServerError)


def test_a_host_the_sdk_cant_use_is_unreachable() -> None:
    assert "paramiko" in failing_with(DockerException("Install paramiko package to enable ssh:// support")).message


def test_our_own_errors_pass_unchanged() -> None:
    refused = Refused("as it was")

    assert failing_with(refused) is refused


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("pull access denied for web, repository does not exist or may require 'docker login'", "NotFound"),
        ("manifest for web:9 not found: manifest unknown: manifest unknown", "NotFound"),
        ("no matching manifest for linux/arm64/v8 in the manifest list entries", "NotFound"),
        ("unauthorized: authentication required", "AuthFailed"),
        ("denied: requested access to the resource is denied", "AuthFailed"),
        ("toomanyrequests: You have reached your pull rate limit.", "RateLimited"),
        ('Get "https://localhost:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused', "Unreachable"),
        ("dial tcp: lookup registry.invalid: no such host", "Unreachable"),
    ],
)
def test_a_pull_that_fails_tells_its_reason(text: str, reason: str) -> None:
    failed = pull_failure("pull", "web:1", text)

    assert failed.reason == reason
    assert failed.message.startswith(f"cannot pull web:1: {text.strip()}; ")


def test_a_registry_may_say_when_to_come_again() -> None:
    assert pull_failure("pull", "web:1", "toomanyrequests: retry-after: 250ms, allowed: 1/minute").retry_after == 0.25
