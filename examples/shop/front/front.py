"""The shop's front: shows what the API answers."""

import json
import os
import signal
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import urlopen

API_URL = os.environ.get("API_URL", "http://api:8000/")


class Front(BaseHTTPRequestHandler):
    """`/` shows a page; `/healthz` says that this process answers, whatever the API does."""

    def do_GET(self) -> None:
        if self.path == "/healthz":
            self.reply(200, "ok")
            return
        try:
            with urlopen(API_URL, timeout=3) as answer:
                visit = json.load(answer)
        except (OSError, ValueError) as error:
            self.reply(502, f"the shop is closed: {error}")
        else:
            self.reply(200, f"Welcome, visitor {visit['visits']}! (front {socket.gethostname()}, api {visit['api']})")

    def reply(self, status: int, text: str) -> None:
        """Send one line of text."""
        body = f"{text}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    # Process 1 has no default signal handlers: without this, a stop takes the whole grace period.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    ThreadingHTTPServer(("", 8000), Front).serve_forever()
