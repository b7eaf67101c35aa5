"""A Docker engine that knows its version and two containers, on a Unix socket."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any


class FakeEngine(socketserver.ThreadingUnixStreamServer):
    """Answers at `host`; `posted` lists the paths of what it was told to do."""

    daemon_threads = True

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), _Answers)
        self.host = f"unix://{path}"
        self.posted: list[str] = []


@contextmanager
def serving(path: Path) -> Iterator[FakeEngine]:
    with FakeEngine(path) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._send({"Version": "99.1.0"} if self.path == "/version" else [{"Id": "abc"}, {"Id": "def"}])

    def do_POST(self) -> None:
        assert isinstance(self.server, FakeEngine)
        self.server.posted.append(self.path)
        self._send(None)

    def address_string(self) -> str:
        return "a Unix socket"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's own name
        return

    def _send(self, answer: object) -> None:
        body = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
