"""What was said at once is one entry, and a trace knows which of its lines says why."""

import traceback
from itertools import chain, zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from container_ci.logs.grouping import grouped
from tests.container_ci.logs.lines import lines_of

JAVA = """
2026-05-01 12:00:00.000  INFO 1 --- [main] c.e.Shop : Starting Shop
Exception in thread "main" java.lang.IllegalStateException: could not start the shop
\tat com.example.Shop.main(Shop.java:14)
\tat java.base/java.lang.Thread.run(Thread.java:833)
Caused by: org.postgresql.util.PSQLException: Connection to db:5432 refused
\tat org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:319)
\t... 12 more
Caused by: java.net.ConnectException: Connection refused
\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)
\t... 15 more
2026-05-01 12:00:01.000  INFO 1 --- [main] c.e.Shop : Stopped
"""
NODE = """
listening on 3000
/app/server.js:12
    throw new Error('no DATABASE_URL');
    ^

Error: no DATABASE_URL
    at Object.<anonymous> (/app/server.js:12:11)
    at Module._compile (node:internal/modules/cjs/loader:1105:14)
    at node:internal/main/run_main_module:22:47

Node.js v18.19.0
"""
NODE_FIELDS = """
Error: connect ECONNREFUSED 172.18.0.2:5432
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1300:16) {
  errno: -111,
  code: 'ECONNREFUSED',
  port: 5432
}
done
"""
GO = """
2026/05/01 12:00:00 starting
panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x48f1c5]

goroutine 1 [running]:
main.load(...)
\t/src/main.go:14
main.main()
\t/src/main.go:9 +0x25
exit status 2
"""
DOTNET = """
Unhandled exception. System.InvalidOperationException: no connection string
 ---> System.ArgumentNullException: Value cannot be null.
   at Shop.Db.Open() in /src/Db.cs:line 12
   --- End of inner exception stack trace ---
   at Shop.Program.Main(String[] args) in /src/Program.cs:line 7
Stopped
"""
RUBY = """
/app/app.rb:3:in `fetch': key not found: "DATABASE_URL" (KeyError)
\tfrom /app/app.rb:3:in `<top (required)>'
\tfrom <internal:/usr/lib/ruby/rubygems/core_ext/kernel_require.rb>:85:in `require'
bye
"""
PHP = """
PHP Fatal error:  Uncaught RuntimeException: no DSN in /app/index.php:4
Stack trace:
#0 /app/index.php(9): connect()
#1 {main}
  thrown in /app/index.php on line 4
next
"""
RUST = """
thread 'main' panicked at src/main.rs:4:10:
called `Result::unwrap()` on an `Err` value: NotPresent
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
next
"""

TRACES = (
    ("java", JAVA, 1, "could not start the shop", "Caused by: java.net.ConnectException: Connection refused"),
    ("node", NODE, 1, "Error: no DATABASE_URL", "Error: no DATABASE_URL"),
    ("node", NODE_FIELDS, 0, "ECONNREFUSED 172.18.0.2:5432", "ECONNREFUSED 172.18.0.2:5432"),
    ("go", GO, 1, "nil pointer dereference", "nil pointer dereference"),
    ("dotnet", DOTNET, 0, "no connection string", "no connection string"),
    ("ruby", RUBY, 0, "key not found", "key not found"),
    ("php", PHP, 0, "Uncaught RuntimeException", "Uncaught RuntimeException"),
    ("rust", RUST, 0, "NotPresent", "NotPresent"),
)


@pytest.mark.parametrize(("trace", "text", "at", "failure", "root"), TRACES)
def test_a_trace_of_each_runtime_is_one_entry(trace: str, text: str, at: int, failure: str, root: str) -> None:
    entries = grouped(lines_of(text))

    assert sum(entry.trace == trace for entry in entries) == 1
    assert entries[at].trace == trace
    assert failure in entries[at].failure
    assert root in entries[at].root


@pytest.mark.parametrize(("trace", "text", "at", "failure", "root"), TRACES)
def test_what_is_said_after_a_trace_is_no_part_of_it(trace: str, text: str, at: int, failure: str, root: str) -> None:
    entries = grouped(lines_of(text + "\nnext request served"))

    assert entries[-1].lines == ("next request served",), (trace, at, failure, root)


def test_a_python_trace_ends_with_its_failure_and_begins_with_its_root() -> None:
    entries = grouped(lines_of(f"INFO starting\n{chained_trace()}\nINFO retrying"))

    assert [entry.trace for entry in entries] == ["", "python", ""]
    assert entries[1].failure == "RuntimeError: no configuration"
    assert entries[1].root == "KeyError: 'DATABASE_URL'"


def test_two_python_traces_that_are_not_linked_are_two() -> None:
    one = 'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\nValueError: {}'

    entries = grouped(lines_of(f"{one.format('a')}\n{one.format('b')}"))

    assert [entry.failure for entry in entries] == ["ValueError: a", "ValueError: b"]


def test_streams_do_not_mix() -> None:
    trace, chatter = lines_of(chained_trace()), lines_of("tick\n" * 30, "stdout")
    mixed = [line for pair in zip_longest(trace, chatter) for line in pair if line]

    entries = grouped(mixed)

    assert [entry.trace for entry in entries if entry.stream == "stderr"] == ["python"]
    assert len([entry for entry in entries if entry.stream == "stdout"]) == 30


def test_what_is_indented_belongs_to_the_line_above() -> None:
    entries = grouped(lines_of("config:\n  port: 80\n  host: x\nready"))

    assert [entry.lines for entry in entries] == [("config:", "  port: 80", "  host: x"), ("ready",)]


def test_colours_and_hidden_characters_are_taken_out() -> None:
    [entry] = grouped(lines_of("\x1b[31mERROR\x1b[0m no\u202e such\u200b file\x07"))

    assert entry.text == "ERROR no such file"


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=60))
def test_no_line_is_lost_and_none_is_invented(texts: list[str]) -> None:
    given_lines = [line for text in texts for line in lines_of(text.replace("\n", " "))]

    said = list(chain.from_iterable(entry.lines for entry in grouped(given_lines)))

    assert [line.strip() for line in said if line] == [
        plain.strip() for line in given_lines if (plain := grouped_alone(line.text))
    ]


def grouped_alone(text: str) -> str:
    return "".join(entry.text for entry in grouped(lines_of(text)))


def chained_trace() -> str:
    environment: dict[str, str] = {}
    try:
        try:
            environment["DATABASE_URL"]
        except KeyError as error:
            raise RuntimeError("no configuration") from error
    except RuntimeError:
        return traceback.format_exc()
    return ""
