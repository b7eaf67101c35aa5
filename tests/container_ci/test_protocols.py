"""Greetings as values: what is sent, and what each answer means. The answers are those of real servers."""

import struct

import pytest

from container_ci.probe_state import Outcome
from container_ci.protocols import TALKS
from container_ci.talks import taken
from desired_state.questions import USUAL_PORTS

MARIADB = bytes.fromhex("0a") + b"5.5.5-10.11.6-MariaDB-0+deb12u1\0" + bytes(60)
DENIED = b"\xff\x15\x04#28000Access denied for user 'ergon-probe'@'172.17.0.1' (using password: NO)"


def told(protocol: str, *answers: bytes) -> tuple[Outcome | None, list[bytes]]:
    """Return what a talk makes of these answers (None: it waits for more), and what it sent, one entry per answer."""
    talk, left, buffer = TALKS[protocol](), list(answers), b""
    sent: list[bytes] = []
    step = next(talk)
    while True:
        if step.send:
            sent.append(step.send)
        while (found := taken(buffer, step.take)) is None:
            if not left:
                return None, sent
            buffer += left.pop(0)
        answer, buffer = found
        try:
            step = talk.send(answer)
        except StopIteration as end:
            return end.value, sent


def framed(body: bytes, number: int = 0) -> bytes:
    return len(body).to_bytes(3, "little") + bytes((number,)) + body


def postgres_error(code: str, message: str) -> bytes:
    fields = f"SFATAL\0VFATAL\0C{code}\0M{message}\0\0".encode()
    return b"E" + struct.pack("!i", len(fields) + 4) + fields


ALIVE = [
    ("redis", b"+PONG\r\n"),
    ("redis", b"-NOAUTH Authentication required.\r\n"),
    ("memcached", b"VERSION 1.6.18\r\n"),
    ("postgres", b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0"),
    ("postgres", postgres_error("28000", "no pg_hba.conf entry for host")),
    ("mysql", framed(MARIADB) + framed(DENIED, 2)),
    ("mysql", framed(b"\xffj\x04Host '172.17.0.1' is not allowed to connect to this MariaDB server")),
    ("amqp", b"\x01\0\0\0\0\x01\xf0\0\x0a\0\x0a"),
    ("amqp", b"AMQP\x03\x01\0\0"),
    ("mqtt", b"\x20\x02\0\x05"),
    ("nats", b'INFO {"server_id":"NCG","version":"2.9.10"}\r\n'),
    ("zookeeper", b"imok"),
    ("zookeeper", b"ruok is not executed because it is not in the whitelist.\n"),
    ("cassandra", b"\x84\0\0\0\x06\0\0\0\x10"),
    ("kafka", struct.pack("!iihi", 10, 7, 0, 0)),
    ("ldap", b"\x30\x82\x01\x10\x02\x01\x01\x64"),
    ("ldap", b"\x30\x0c\x02\x01\x01\x65"),
    ("dns", b"\0\x11ER\x81\x05"),
    ("smtp", b"220 mail.test ESMTP Postfix\r\n"),
    ("imap", b"* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n"),
    ("ftp", b"220---------- Welcome to Pure-FTPd ----------\r\n"),
    ("ssh", b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
]

FAILING = [
    ("redis", b"-LOADING Redis is loading the dataset in memory\r\n", "LOADING"),
    ("postgres", postgres_error("57P03", "the database system is starting up"), "the database system is starting up"),
    ("postgres", postgres_error("53300", "sorry, too many clients already"), "too many clients"),
    ("mysql", framed(b"\xff\x10\x04Too many connections"), "Too many connections"),
    ("mqtt", b"\x20\x02\0\x03", "unavailable"),
    ("kafka", struct.pack("!iihi", 10, 7, 15, 0), "error 15"),
    ("smtp", b"421 too busy\r\n", "421 too busy"),
]


@pytest.mark.parametrize(("protocol", "answer"), ALIVE)
def test_a_server_that_answers_in_its_protocol_is_alive(protocol: str, answer: bytes) -> None:
    assert told(protocol, answer)[0] == Outcome(passed=True)


@pytest.mark.parametrize(("protocol", "answer", "why"), FAILING)
def test_a_server_that_can_take_nobody_now_is_not(protocol: str, answer: bytes, why: str) -> None:
    outcome, _ = told(protocol, answer)

    assert outcome is not None
    assert not outcome.passed
    assert why in outcome.message


@pytest.mark.parametrize("protocol", TALKS)
def test_another_protocol_is_told_from_it(protocol: str) -> None:
    outcome, _ = told(protocol, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n" + bytes(200))

    assert outcome is not None
    assert not outcome.passed
    assert "answered" in outcome.message


@pytest.mark.parametrize(("protocol", "answer"), ALIVE)
def test_an_answer_in_pieces_means_the_same(protocol: str, answer: bytes) -> None:
    pieces = [answer[at : at + 1] for at in range(len(answer))]

    assert told(protocol, *pieces) == told(protocol, answer)


def test_a_database_is_left_as_its_clients_leave_it() -> None:
    _, sent = told("mysql", framed(MARIADB), framed(b"\0\0\0\x02\0\0\0", 2))

    assert sent[-1] == b"\x01\0\0\0\x01"


def test_mongodb_is_alive_when_it_says_ok() -> None:
    def reply(ok: float) -> bytes:
        body = b"\0\0\0\0\0" + b"\x01ok\0" + struct.pack("<d", ok) + b"\0"
        return struct.pack("<iiii", len(body) + 16, 9, 1, 2013) + body

    assert told("mongodb", reply(1.0))[0] == Outcome(passed=True)
    assert told("mongodb", reply(0.0))[0] == Outcome(passed=False, message="answered hello with an error")


def test_every_protocol_that_can_be_declared_has_its_greeting() -> None:
    assert TALKS.keys() == USUAL_PORTS.keys()
