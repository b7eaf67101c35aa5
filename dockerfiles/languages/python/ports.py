"""The ports that Python programs listen on, as the calls that open them say, and the addresses they bind."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from dockerfiles.languages.python.sources import Module, argument, keyword, text_of

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

# Calls that listen, with the places of host and port among what they are given; None: by keyword alone.
_LISTENERS: dict[str, tuple[int | None, int | None]] = {
    "run": (0, 1),
    "run_app": (None, None),
    "launch": (None, None),
    "serve": (None, None),
    "run_server": (None, None),
    "listen": (1, 0),
    "start_server": (1, 2),
    "create_server": (1, 2),
    "make_server": (0, 1),
    "run_simple": (0, 1),
    "WSGIServer": (0, 1),
    "TCPSite": (1, 2),
    "Config": (None, None),
    "start": (None, None),
    "run_async": (None, None),
    "run_task": (0, 1),
    "set_ports": (None, None),
    "run_forever": (None, None),
}
# Calls that take an address as one value: `HTTPServer(("", 8000), Handler)`.
_ADDRESSED = frozenset(
    {
        *("HTTPServer", "ThreadingHTTPServer", "TCPServer", "ThreadingTCPServer", "UDPServer", "SimpleXMLRPCServer"),
        *("bind", "WSGIServer", "pywsgi.WSGIServer", "create_server"),
    }
)
_GRPC = frozenset({"add_insecure_port", "add_secure_port"})
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Listening:
    """A port that a call opens; `host` None when it is not written out, `env` the variable that may set the port."""

    port: int
    line: int
    host: str | None = None
    env: str = ""
    udp: bool = False


def listening(module: Module) -> Iterator[Listening]:
    """Yield the ports that the calls of a module open, in their order."""
    for call in module.calls:
        if found := _of_call(call, module):
            yield found


def port_of(node: ast.expr | None, module: Module, deep: int = 0) -> tuple[int, str] | None:
    """Return the port that an expression is or falls back on, with the environment variable it is read from."""
    if deep > _DEEPEST:  # `port = int(port)` would have no end
        return None
    found: tuple[int, str] | None = None
    match node:
        case ast.Constant(value=value) if not isinstance(value, bool) and str(value).isdigit():
            found = (int(str(value)), "")
        case ast.Name(id=name):
            found = _of_name(name, module, deep + 1)
        case ast.Call():
            found = _of_reading(node, module, deep + 1)
        case ast.BoolOp(op=ast.Or(), values=values):
            every = [one for value in values if (one := port_of(value, module, deep + 1))]
            env = next((name for value in values if (name := _read_name(value, module))), "")
            found = (every[-1][0], env or every[-1][1]) if every else None
        case ast.IfExp(body=body, orelse=other):
            found = port_of(other, module, deep + 1) or port_of(body, module, deep + 1)
    return found if found and 0 < found[0] < 65536 else None


def _of_call(call: ast.Call, module: Module) -> Listening | None:
    last = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if last in _GRPC:
        return _of_grpc(call, module)
    if last in _ADDRESSED and call.args and isinstance(call.args[0], ast.Tuple) and len(call.args[0].elts) == 2:
        address, number = call.args[0].elts
        return _made(call, port_of(number, module), text_of(address, module), module)
    if last not in _LISTENERS:
        return None
    at_host, at_port = _LISTENERS[last]
    port: ast.expr | None = next(
        (value for name in ("port", "server_port", "http_port") if (value := keyword(call, name))), None
    )
    if port is None and at_port is not None:
        port = argument(call, at_port, "port")
    host: ast.expr | None = next(
        (value for name in ("host", "server_name", "address", "hostname") if (value := keyword(call, name))), None
    )
    if host is None and at_host is not None:
        host = argument(call, at_host, "host")
    # `subprocess.run(["x"], 5)` and `asyncio.run(main())` listen nowhere.
    if last == "run" and module.qualified(call.func).startswith(("subprocess.", "asyncio.", "anyio.", "trio.")):
        return None
    return _made(call, port_of(port, module), text_of(host, module), module)


def _made(call: ast.Call, port: tuple[int, str] | None, host: str | None, module: Module) -> Listening | None:
    last = getattr(call.func, "attr", getattr(call.func, "id", ""))
    # `socket.listen(5)` is about a queue, not about a port.
    if port is None or (last == "listen" and port[0] < 80):
        return None
    udp = last == "UDPServer" or (last == "bind" and "SOCK_DGRAM" in module.text.content)
    return Listening(port[0], call.lineno, host, port[1], udp)


def _of_grpc(call: ast.Call, module: Module) -> Listening | None:
    if not call.args:
        return None
    given = call.args[0]
    if isinstance(given, ast.Name):
        given = next((value for name, value in module.assignments if name == given.id), given)
    if text := text_of(given, module):
        host, _, port = text.rpartition(":")
        return Listening(int(port), call.lineno, host.strip("[]")) if port.isdigit() else None
    for part in _parts(given):
        if (found := port_of(part, module)) and found[0] > 1:
            return Listening(found[0], call.lineno, None, found[1])
    return None


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the values that a text is put together from: `f"[::]:{port}"`, `"[::]:" + port`, `"%s" % port`."""
    match node:
        case ast.JoinedStr(values=values):
            yield from (value.value for value in values if isinstance(value, ast.FormattedValue))
        case ast.BinOp(left=left, right=right):
            yield from (*_parts(right), *_parts(left))
        case ast.Call(func=ast.Attribute(attr="format"), args=args):
            yield from args
        case _:
            yield node


def _of_name(name: str, module: Module, deep: int) -> tuple[int, str] | None:
    for node in module.nodes:
        if isinstance(node, ast.Assign) and any(
            isinstance(each, ast.Name) and each.id == name for each in node.targets
        ):
            value: ast.expr | None = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            value = node.value
        else:
            continue
        if isinstance(value, ast.Name):
            continue  # no chains, and so no circles
        if found := port_of(value, module, deep):
            return found
    return None


def _of_reading(call: ast.Call, module: Module, deep: int) -> tuple[int, str] | None:
    """Return what is read from the environment with a default, seen through `int(...)`."""
    if isinstance(call.func, ast.Name) and call.func.id in {"int", "str"} and call.args:
        return port_of(call.args[0], module, deep)
    name = _read_name(call, module)
    fallback = argument(call, 1, "default") if name else None
    found = port_of(fallback, module, deep) if fallback is not None and not isinstance(fallback, ast.Call) else None
    return (found[0], name) if found else None


def _read_name(node: ast.expr, module: Module) -> str:
    if not isinstance(node, ast.Call) or not node.args:
        return ""
    if isinstance(node.func, ast.Name) and node.func.id in {"int", "str"}:
        return _read_name(node.args[0], module)
    last = getattr(node.func, "attr", getattr(node.func, "id", ""))
    return text_of(node.args[0], module) or "" if last in {"get", "getenv", "config", "env", "int", "str"} else ""
