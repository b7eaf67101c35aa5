"""How an image asks for its own health, with nothing but what is in it."""

import re
from collections.abc import Callable

from dockerfiles.recipe import Runtime

_PATH = re.compile(r"/[A-Za-z0-9_.~/-]*")
# Docker asks first when one interval is over: whoever waits for health waits that long.
_TIMES = "--interval=10s --timeout=5s --start-period=20s --retries=3"

_HTTP: dict[str, Callable[[str, int, str], list[str]]] = {
    "python": lambda env, port, path: [
        *("python", "-c"),
        (
            "import os, urllib.request as r; "
            f"r.urlopen('http://127.0.0.1:' + {_in_python(env, port)} + '{path}', timeout=4)"
        ),
    ],
    "node": lambda env, port, path: [
        *("node", "-e"),
        (
            f"require('http').get({{host: '127.0.0.1', port: {_in_node(env, port)}, path: '{path}', timeout: 4000}}, "
            "(r) => process.exit(r.statusCode < 400 ? 0 : 1)).on('error', () => process.exit(1))"
        ),
    ],
    "php": lambda env, port, path: [
        *("php", "-r"),
        f"exit(@file_get_contents('http://127.0.0.1:' . {_in_php(env, port)} . '{path}') === false ? 1 : 0);",
    ],
    "ruby": lambda env, port, path: [
        *("ruby", "-rnet/http", "-e"),
        f"exit Net::HTTP.get_response('127.0.0.1', '{path}', {_in_ruby(env, port)}).code.to_i < 400",
    ],
    "bash": lambda env, port, path: [
        *("bash", "-c"),
        (
            f"exec 3<>/dev/tcp/127.0.0.1/{_in_shell(env, port)} "
            f"&& printf 'GET {path} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 "
            '&& read -r _ code _ <&3 && [ "$code" -lt 400 ]'
        ),
    ],
    "wget": lambda env, port, path: [
        *("sh", "-c"),
        f"exec wget -q -T 4 -O /dev/null http://127.0.0.1:{_in_shell(env, port)}{path}",
    ],
}

_TCP: dict[str, Callable[[str, int], list[str]]] = {
    "python": lambda env, port: [
        *("python", "-c"),
        f"import os, socket; socket.create_connection(('127.0.0.1', int({_in_python(env, port)})), 4)",
    ],
    "node": lambda env, port: [
        *("node", "-e"),
        (
            f"require('net').connect({_in_node(env, port)}, '127.0.0.1', () => process.exit(0))"
            ".on('error', () => process.exit(1))"
        ),
    ],
    "php": lambda env, port: [
        *("php", "-r"),
        f"exit(@fsockopen('127.0.0.1', (int) {_in_php(env, port)}) ? 0 : 1);",
    ],
    "ruby": lambda env, port: [
        *("ruby", "-rsocket", "-e"),
        f"TCPSocket.new('127.0.0.1', {_in_ruby(env, port)}).close",
    ],
    "bash": lambda env, port: ["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{_in_shell(env, port)}"],
    "wget": lambda env, port: ["sh", "-c", f"exec nc -z 127.0.0.1 {_in_shell(env, port)}"],
}


def healthcheck(runtime: Runtime) -> tuple[str, list[str]] | None:
    """Return the options and the words of HEALTHCHECK; None when nothing in the image can ask, or nothing listens.

    A path that is not plainly one is not asked for: that the port answers says enough then.
    """
    check, probe, port = runtime.healthcheck, runtime.probe, runtime.port
    if check.kind == "none" or probe == "none" or port is None:
        return None
    env = "PORT" if runtime.honours_port else ""
    if check.kind == "http" and _PATH.fullmatch(check.path):
        return _TIMES, _HTTP[probe](env, port, check.path)
    return _TIMES, _TCP[probe](env, port)


def _in_python(env: str, port: int) -> str:
    return f"os.environ.get('{env}', '{port}')" if env else f"'{port}'"


def _in_node(env: str, port: int) -> str:
    return f"process.env.{env} || {port}" if env else str(port)


def _in_php(env: str, port: int) -> str:
    return f"(getenv('{env}') ?: '{port}')" if env else f"'{port}'"


def _in_ruby(env: str, port: int) -> str:
    return f"ENV.fetch('{env}', {port}).to_i" if env else str(port)


def _in_shell(env: str, port: int) -> str:
    return f"${{{env}:-{port}}}" if env else str(port)
