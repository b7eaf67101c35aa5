"""Greetings that servers of well-known protocols answer. Pure: see `talks`.

None of them changes anything or leaves a session behind.
"""

import struct
from collections.abc import Callable, Mapping

from container_ci.mysql_greeting import mysql
from container_ci.probe_state import Outcome
from container_ci.talks import ALIVE, LINE, Step, Talk, refusal, says

_LARGEST_ANSWER = 1 << 20
# The SQL states of a PostgreSQL server that can take nobody now; all other refusals are of this one client.
_POSTGRES_BUSY = ("57P03", "57P01", "57P02", "53300", "53400")
_MQTT_UNAVAILABLE = 3


def redis() -> Talk:
    """PING. One that wants a password first is alive, one that still loads its data is not ready."""
    answer = yield Step(b"PING\r\n", LINE)
    return ALIVE if answer.startswith((b"+PONG", b"-NOAUTH", b"-NOPERM")) else refusal(answer)


def postgres() -> Talk:
    """Begin a session and leave at the server's first word: a request for a password, or why not."""
    parameters = b"user\0postgres\0database\0postgres\0application_name\0ergon-probe\0\0"
    head = yield Step(struct.pack("!ii", len(parameters) + 8, 196608) + parameters, 5)
    kind, length = struct.unpack("!ci", head)
    if kind == b"R":
        return ALIVE
    if kind != b"E" or not 4 < length < _LARGEST_ANSWER:
        return refusal(head, "PostgreSQL")
    fields = yield Step(take=length - 4)
    told = {field[:1]: field[1:].decode("utf-8", "replace") for field in fields.split(b"\0") if field}
    busy = told.get(b"C", "") in _POSTGRES_BUSY
    return Outcome(passed=False, message=told.get(b"M", "takes no clients")) if busy else ALIVE


def mongodb() -> Talk:
    """Ask `hello`, which needs no login."""
    command = b"\x10hello\0\x01\0\0\0" + b"\x02$db\0\x06\0\0\0admin\0"
    body = struct.pack("<iBi", 0, 0, len(command) + 5) + command + b"\0"
    head = yield Step(struct.pack("<iiii", len(body) + 16, 1, 0, 2013) + body, 16)
    length, _, answered, code = struct.unpack("<iiii", head)
    if (answered, code) != (1, 2013) or not 16 < length < _LARGEST_ANSWER:
        return refusal(head, "MongoDB")
    answer = yield Step(take=length - 16)
    fine = b"\x01ok\0" + struct.pack("<d", 1.0) in answer
    return ALIVE if fine else Outcome(passed=False, message="answered hello with an error")


def amqp() -> Talk:
    """Offer AMQP 0-9-1; a broker answers with Connection.Start, or names the version that it speaks."""
    head = yield Step(b"AMQP\0\0\x09\x01", 8)
    return ALIVE if head.startswith((b"AMQP", b"\x01\0\0")) else refusal(head, "AMQP")


def kafka() -> Talk:
    """Ask which versions of its API the broker speaks."""
    request = struct.pack("!hhih", 18, 0, 7, 5) + b"ergon"
    head = yield Step(struct.pack("!i", len(request)) + request, 10)
    _, correlation, error = struct.unpack("!iih", head)
    if correlation != 7:
        return refusal(head, "Kafka")
    return ALIVE if error == 0 else Outcome(passed=False, message=f"answered with error {error}")


def mqtt() -> Talk:
    """Connect with a clean session and leave; a refusal for want of a password is an answer, too."""
    payload = b"\0\x04MQTT\x04\x02\0\x0a" + b"\0\x0bergon-probe"
    head = yield Step(bytes((0x10, len(payload))) + payload, 4)
    if head[:2] != b"\x20\x02":
        return refusal(head, "MQTT")
    yield Step(b"\xe0\0")
    unavailable = head[3] == _MQTT_UNAVAILABLE
    return Outcome(passed=False, message="answered that it is unavailable") if unavailable else ALIVE


def cassandra() -> Talk:
    """Ask for the options of the native protocol; a complaint about the version is an answer, too."""
    head = yield Step(b"\x04\0\0\0\x05\0\0\0\0", 9)
    return ALIVE if head[0] & 0x80 and head[4] in (0x00, 0x06) else refusal(head, "Cassandra")


def ldap() -> Talk:
    """Ask for the root entry without a bind; a refusal is an answer, too."""
    search = b"\x04\0\x0a\x01\0\x0a\x01\0\x02\x01\x01\x02\x01\x05\x01\x01\0\x87\x0bobjectClass\x30\0"
    message = b"\x02\x01\x01\x63" + bytes((len(search),)) + search
    head = yield Step(b"\x30" + bytes((len(message),)) + message, 2)
    long_form = head[1] & 0x7F if head[1] & 0x80 else 0
    if head[:1] != b"\x30" or long_form > 4:
        return refusal(head, "LDAP")
    more = (yield Step(take=long_form + 4))[long_form:]
    answers = more[:3] == b"\x02\x01\x01" and more[3] in (0x64, 0x65, 0x73)
    return ALIVE if answers else refusal(head + more, "LDAP")


def dns() -> Talk:
    """Ask for the name servers of the root, over TCP; whatever is answered, it answers."""
    question = b"\x45\x52\x01\0\0\x01\0\0\0\0\0\0" + b"\0\0\x02\0\x01"
    head = yield Step(struct.pack("!H", len(question)) + question, 5)
    return ALIVE if head[2:4] == b"\x45\x52" and head[4] & 0x80 else refusal(head, "DNS")


def zookeeper() -> Talk:
    """Ask `ruok`; a server that does not allow the word says so, and lives."""
    answer = yield Step(b"ruok", 4)
    return ALIVE if answer in (b"imok", b"ruok") else refusal(answer)


TALKS: Mapping[str, Callable[[], Talk]] = {
    "redis": redis,
    "postgres": postgres,
    "mysql": mysql,
    "mongodb": mongodb,
    "memcached": says(b"version\r\n", b"VERSION "),
    "amqp": amqp,
    "kafka": kafka,
    "nats": says(b"", b"INFO {"),
    "mqtt": mqtt,
    "zookeeper": zookeeper,
    "cassandra": cassandra,
    "smtp": says(b"", b"220", farewell=b"QUIT\r\n"),
    "imap": says(b"", b"* OK", b"* PREAUTH", farewell=b"z LOGOUT\r\n"),
    "ftp": says(b"", b"220", farewell=b"QUIT\r\n"),
    "ssh": says(b"", b"SSH-2.0-", b"SSH-1.99-"),
    "ldap": ldap,
    "dns": dns,
}
