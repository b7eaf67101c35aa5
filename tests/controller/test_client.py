"""The client, against a real Unix socket that answers as it is told to."""

import json
import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.client import Client, ControllerGone, NotRunning, socket_path, state_dir_from_environment
from controller.errors import ServiceError

Answer = Callable[[socket.socket, bytes], None]


@contextmanager
def listening(path: Path, answer: Answer) -> Iterator[list[bytes]]:
    """Serve one connection at a time: read the whole request, let `answer` reply, close. Yields the requests."""
    requests: list[bytes] = []
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(path))
    server.listen()

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                requests.append(_read_request(connection))
                answer(connection, requests[-1])

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield requests
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


def _read_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answering(body: object, status: str = "200 OK") -> Answer:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n".encode()
    return lambda connection, _: connection.sendall(head + text)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ergon.sock"


def test_a_reading_verb_is_a_get_with_its_arguments_in_the_query(path: Path) -> None:
    with listening(path, answering({"in_sync": True})) as requests:
        answer = Client(path).call("diff", {"namespace": None, "name": ["web", "a b"], "live": True})

    assert answer == {"in_sync": True}
    assert requests[0].startswith(b"GET /v1/diff?name=web&name=a%20b&live=1 HTTP/1.1\r\n")


def test_a_writing_verb_is_a_post_with_its_arguments_as_json(path: Path) -> None:
    with listening(path, answering({"results": []})) as requests:
        Client(path).call("scale", {"name": "web", "namespace": None, "replicas": 3})

    head, _, body = requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/scale HTTP/1.1\r\n")
    assert b"Content-Type: application/json" in head
    assert json.loads(body) == {"name": "web", "replicas": 3}


def test_a_refusal_carries_the_controllers_own_words(path: Path) -> None:
    refusal = {"error": 'nothing named "wbe" is declared', "hint": 'did you mean "web"?'}

    with listening(path, answering(refusal, "404 Not Found")), pytest.raises(ServiceError) as refused:
        Client(path).call("status", {"name": "wbe"})

    assert (refused.value.message, refused.value.hint, refused.value.status) == (*refusal.values(), 404)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'"x"', b""])
def test_a_refusal_in_no_known_form_still_has_a_message(path: Path, body: bytes) -> None:
    with listening(path, answering(body, "500 Internal Server Error")), pytest.raises(ServiceError) as refused:
        Client(path).call("status", {})

    assert refused.value.message == "the controller answered with HTTP status 500"


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"", b"{"])
def test_an_answer_that_is_no_json_object_means_the_controller_is_gone(path: Path, body: bytes) -> None:
    with listening(path, answering(body)), pytest.raises(ControllerGone):
        Client(path).call("status", {})


def test_without_a_socket_no_controller_runs(path: Path) -> None:
    with pytest.raises(NotRunning, match="no controller is running"):
        Client(path).call("status", {})


def test_a_socket_that_nobody_listens_on_is_no_controller(path: Path) -> None:
    with listening(path, answering({})):
        pass

    with pytest.raises(NotRunning):
        Client(path).stream("logs", {"name": ["web"]})


def test_a_controller_that_hangs_up_is_gone(path: Path) -> None:
    with listening(path, lambda _connection, _request: None), pytest.raises(ControllerGone):
        Client(path).call("status", {})


def test_an_answer_that_breaks_off_is_told_so(path: Path) -> None:
    broken = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"

    with (
        listening(path, lambda connection, _: connection.sendall(broken)),
        pytest.raises(ControllerGone, match="its answer broke off"),
    ):
        Client(path).call("status", {})


def test_a_controller_that_stays_silent_is_given_up_after_the_deadline(path: Path) -> None:
    released = threading.Event()

    def silent(_connection: socket.socket, _request: bytes) -> None:
        released.wait(30)

    with listening(path, silent):
        with pytest.raises(ControllerGone, match="did not answer in time"):
            Client(path, deadline_s=0.01).call("status", {})
        released.set()


def test_a_stream_yields_each_line_while_the_next_is_still_to_come(path: Path) -> None:
    first_was_read = threading.Event()

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.sendall(_chunk(b'{"text": "one"}\n'))
        assert first_was_read.wait(30)
        connection.sendall(_chunk(b'\n{"text": "two"}\n') + _chunk(b""))

    with listening(path, answer):
        lines = Client(path).stream("logs", {"name": ["web"]})
        first = next(lines)
        first_was_read.set()

        assert [first, *lines] == [{"text": "one"}, {"text": "two"}]


def test_a_stream_that_breaks_says_that_the_controller_is_gone(path: Path) -> None:
    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{"text": "o')

    with listening(path, answer), pytest.raises(ControllerGone):
        list(Client(path).stream("logs", {"name": ["web"]}))


def test_leaving_a_stream_early_hangs_up(path: Path) -> None:
    hung_up = threading.Event()

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + _chunk(b'{"text": "one"}\n'))
        if connection.recv(1) == b"":
            hung_up.set()

    with listening(path, answer):
        lines = Client(path).stream("logs", {"name": ["web"]})
        next(lines)
        assert isinstance(lines, Generator)
        lines.close()

        assert hung_up.wait(30)


def test_a_socket_path_too_long_for_the_system_is_told_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="too long") as refused:
        Client(tmp_path / ("x" * 200)).call("status", {})

    assert "ERGON_STATE_DIR" in refused.value.hint


def test_a_socket_of_somebody_else_is_told_as_a_matter_of_permission(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: socket.socket, _address: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "connect", refuse)

    with pytest.raises(ServiceError, match="you may not use the controller's socket"):
        Client(path).call("status", {})


def test_the_state_folder_is_the_one_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ERGON_STATE_DIR", str(tmp_path))

    assert socket_path(state_dir_from_environment()) == tmp_path / "run" / "ergon.sock"


def test_without_a_setting_it_is_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ERGON_STATE_DIR", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    assert state_dir_from_environment() == tmp_path / "ergon"


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
