"""A Unix socket that answers HTTP as told: a daemon that breaks off, keeps silent, or is of another age."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PING = b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nDate: Fri, 02 Jan 2026 03:04:05 GMT\r\nContent-Length: 2\r\n\r\nOK"

# Takes a request's path and its connection, which stays open for the next one.
Answer = Callable[[str, socket.socket], None]


@contextmanager
def fake_daemon(folder: Path, answer: Answer) -> Iterator[str]:
    """Serve `answer` on a socket in `folder`, one thread per connection; yields the address."""
    path = folder / "d.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    threads: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=_serve, args=(connection, answer))
            threads.append(thread)
            thread.start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield f"unix://{path}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in (acceptor, *threads):
            thread.join()


def _serve(connection: socket.socket, answer: Answer) -> None:
    # A client that has gone is the subject of some tests.
    with connection, suppress(OSError):
        while request := _request(connection):
            answer(request, connection)


def _request(connection: socket.socket) -> str:
    """Return the path of the next request without body, "" when the client has gone."""
    head = b""
    while b"\r\n\r\n" not in head:
        data = connection.recv(65536)
        if not data:
            return ""
        head += data
    return head.split(b" ")[1].decode()


def replying(*, events: bytes = b"", version: str = "1.41", hold: threading.Event | None = None) -> Answer:
    """Return answers of a daemon of this API version that sends `events`, and ends the stream when `hold` is set."""

    def answer(path: str, connection: socket.socket) -> None:
        if path == "/_ping":
            connection.sendall(PING.replace(b"1.41", version.encode()))
        elif "/events" in path:
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            if events:
                connection.sendall(f"{len(events):x}\r\n".encode() + events + b"\r\n")
            if hold is not None:
                hold.wait()
            connection.sendall(b"0\r\n\r\n")
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")

    return answer


def silent_until(moment: threading.Event, *, pings: bool) -> Answer:
    """Return answers of a frozen daemon, which may have answered pings before; connections end at the moment."""

    def answer(path: str, connection: socket.socket) -> None:
        if pings and path == "/_ping":
            connection.sendall(PING)
        else:
            moment.wait()
            connection.shutdown(socket.SHUT_RDWR)

    return answer
