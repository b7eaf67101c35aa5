"""A real registry on loopback, and a proxy before it that fails as told."""

import http.client
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import docker

from tests.e2e.harness import wait_for

PROGRAM = shutil.which("docker-registry")

USER, PASSWORD = "ann", "correct horse"
# Of that password; the registry takes bcrypt alone.
_HTPASSWD = "ann:$2b$05$3jsQ7Kkz7/6o1T966OZbFO/rwF0Dewztf9gNpojUg1wv8ne6TYlLu\n"


class Registry:
    """One registry with its storage, until closed. `address` is what references begin with."""

    def __init__(self, *, with_password: bool = False) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="ergon-e2e-registry-"))
        self.address = f"127.0.0.1:{free_port()}"
        config = self._folder / "config.yml"
        config.write_text(self._config(with_password=with_password))
        (self._folder / "htpasswd").write_text(_HTPASSWD)
        assert PROGRAM is not None
        self._process = subprocess.Popen(
            [PROGRAM, "serve", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self._answers, "the registry to answer")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _config(self, *, with_password: bool) -> str:
        auth = f"auth:\n  htpasswd:\n    realm: e2e\n    path: {self._folder}/htpasswd\n" if with_password else ""
        return (
            "version: 0.1\nlog: {level: error}\n"
            f"storage:\n  filesystem: {{rootdirectory: {self._folder}/data}}\n"
            f"http: {{addr: '{self.address}', secret: e2e}}\n{auth}"
        )

    def _answers(self) -> bool:
        host, _, port = self.address.partition(":")
        with socket.socket() as trial:
            return trial.connect_ex((host, int(port))) == 0


class Pusher:
    """Somebody who builds elsewhere and pushes: puts images into a registry and leaves none on the engine."""

    def __init__(self, host: str, base: str) -> None:
        self._client = docker.APIClient(base_url=host, version="auto", timeout=120)
        self._base = base

    def close(self) -> None:
        self._client.close()

    def push(self, reference: str, content: str, *, keep: bool = False, login: bool = False) -> str:
        """Let a reference mean an image of this content in its registry; return the image's id."""
        repository, _, tag = reference.rpartition(":")
        container = self._client.create_container(self._base)["Id"]
        made = self._client.commit(container, repository, tag, changes=[f"LABEL content={content}"])
        self._client.remove_container(container)
        auth = {"username": USER, "password": PASSWORD} if login else None
        for line in self._client.push(repository, tag, stream=True, decode=True, auth_config=auth):
            assert "error" not in line, line
        if not keep:
            self._client.remove_image(reference)
        return str(made["Id"])

    def move(self, reference: str, content: str) -> None:
        """Let a reference mean another image in its registry; here it means what it meant."""
        self.push(reference.replace("127.0.0.1", "localhost"), content)

    def content(self, container: str) -> str:
        """Return the content of the image that a container was made from."""
        image = self._client.inspect_container(container)["Image"]
        inspected = self._client.inspect_image(image)  # type: ignore[no-untyped-call]  # its stubs lack it
        return str(inspected["Config"]["Labels"]["content"])

    def has(self, reference: str) -> bool:
        return bool(self._client.images(name=reference))

    def forget(self, address: str) -> None:
        """Remove what came from a registry."""
        for image in self._client.images():
            for tag in image["RepoTags"] or ():
                if tag.startswith((address, address.replace("127.0.0.1", "localhost"))):
                    self._client.remove_image(tag, force=True)


Fault = Callable[[str], tuple[int, dict[str, str]] | None]


class FaultyProxy:
    """Passes everything on to a registry, but what `fault` answers itself: a status and headers for a path."""

    def __init__(self, registry: Registry) -> None:
        self.fault: Fault = lambda _: None
        self.asked: list[str] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                proxy.asked.append(f"{self.command} {self.path}")
                if (said := proxy.fault(self.path)) is not None:
                    self._answer(said[0], said[1], b"{}")
                    return
                upstream = http.client.HTTPConnection(registry.address)
                upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():  # some come more than once, and all of them count
                    upstream.putheader(name, value)
                upstream.endheaders()
                reply = upstream.getresponse()
                headers = {name: value for name, value in reply.getheaders() if name != "Transfer-Encoding"}
                self._answer(reply.status, headers, reply.read())
                upstream.close()

            def do_HEAD(self) -> None:
                self.do_GET()

            def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
