"""Which protocol a port speaks, found by asking: only protocols in which a question changes nothing, one second each.

A question is a few bytes that every server of its protocol answers without logging anybody in.
"""

import re
from collections.abc import Awaitable, Callable

import anyio

Ask = Callable[[str, int], Awaitable[str]]

LIMIT_S = 1.0
_GREETING_S = 0.3
_MOST_BYTES = 4096

_GREETINGS = (
    (re.compile(rb"^SSH-2\.0-"), "ssh"),
    (re.compile(rb"^220[ -].*(?:SMTP|Postfix|Exim)", re.IGNORECASE), "smtp"),
    (re.compile(rb"^220[ -]"), "ftp"),
    (re.compile(rb"^\* OK"), "imap"),
    (re.compile(rb"^INFO \{"), "nats"),
    (re.compile(rb"^...\x00\x0a[\d.]+", re.DOTALL), "mysql"),
    (re.compile(rb"Host .* is (?:not allowed|blocked)"), "mysql"),
)
_QUESTIONS = (
    (b"GET /openapi.json HTTP/1.0\r\nHost: localhost\r\nUser-Agent: ergon-discovery\r\n\r\n", None, ""),
    (b"PING\r\n", re.compile(rb"^(?:\+PONG|-NOAUTH|-DENIED)"), "redis"),
    (b"version\r\n", re.compile(rb"^VERSION "), "memcached"),
    (b"\x00\x00\x00\x08\x04\xd2\x16\x2f", re.compile(rb"^[SN]$"), "postgres"),
    (b"AMQP\x00\x00\x09\x01", re.compile(rb"^\x01\x00\x00.{4}\x00\x0a\x00\x0a", re.DOTALL), "amqp"),
)
_HTTP = re.compile(rb"^HTTP/\d")
_OPENAPI = re.compile(rb'^HTTP/\d\S* 200 .*"openapi"\s*:', re.DOTALL)


async def spoken_at(address: str, port: int) -> str:
    """Return the protocol that a port speaks (`http`, `fastapi`, `redis`...), "" when it answers to none of ours."""
    for question, answer, protocol in _QUESTIONS:
        said = await _said(address, port, question)
        if said is None:
            return ""
        if spoken := _recognised(said):
            return spoken
        if answer is not None and answer.search(said):
            return protocol
    return ""


def _recognised(said: bytes) -> str:
    if _HTTP.match(said):
        return "fastapi" if _OPENAPI.match(said) else "http"
    return next((protocol for shape, protocol in _GREETINGS if shape.search(said)), "")


async def _said(address: str, port: int, question: bytes) -> bytes | None:
    """Return what a port says by itself, or else to a question; None when it can't be reached."""
    said = b""
    with anyio.move_on_after(LIMIT_S):
        try:
            async with await anyio.connect_tcp(address, port) as stream:
                with anyio.move_on_after(_GREETING_S):
                    return await stream.receive(_MOST_BYTES)
                await stream.send(question)
                while len(said) < _MOST_BYTES:
                    said += await stream.receive(_MOST_BYTES)
                    if not _HTTP.match(said):
                        break
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            return said
        except OSError:
            return None
    return said
