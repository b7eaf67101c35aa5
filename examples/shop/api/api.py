"""The shop's API: counts visits in redis and answers with the count, as JSON."""

import json
import os
import signal
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REDIS = (os.environ.get("REDIS_HOST", "redis"), 6379)


class Api(BaseHTTPRequestHandler):
    """`/` counts a visit; `/healthz` says whether redis answers."""

    def do_GET(self) -> None:
        try:
            if self.path == "/healthz":
                self.reply(200, {"redis": redis("PING")})
            else:
                self.reply(200, {"visits": int(redis("INCR visits")), "api": socket.gethostname()})
        except (OSError, ValueError) as error:
            self.reply(503, {"error": f"redis: {error}"})

    def reply(self, status: int, answer: dict[str, object]) -> None:
        """Send the answer as JSON."""
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def redis(command: str) -> str:
    """Send one command and return the one line of its answer.

    Raises:
        OSError: redis can't be reached.
        ValueError: redis refused the command.
    """
    with socket.create_connection(REDIS, timeout=2) as connection:
        connection.sendall(f"{command}\r\n".encode())
        with connection.makefile("r", encoding="ascii") as answer:
            line = answer.readline().strip()
    if line.startswith("-") or not line:
        raise ValueError(line or "closed the connection")
    return line[1:]


if __name__ == "__main__":
    # Process 1 has no default signal handlers: without this, a stop takes the whole grace period.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    ThreadingHTTPServer(("", 8000), Api).serve_forever()
