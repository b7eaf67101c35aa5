"""Log bytes become the same lines however the network cut them."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.log_frames import LogFrames
from engine.protocol import LogLine
from engine.streams import JsonLines

STAMP = b"2026-01-02T03:04:05.000000006Z "


def frame(text: bytes, stream: int = 1) -> bytes:
    payload = STAMP + text
    return bytes((stream, 0, 0, 0)) + len(payload).to_bytes(4, "big") + payload


def texts(*pieces: bytes) -> list[tuple[str, str]]:
    return [(line.stream, line.text) for line in lines(*pieces)]


def lines(*pieces: bytes) -> list[LogLine]:
    frames = LogFrames("id")
    return [line for piece in pieces for line in frames.feed(piece)] + list(frames.end())


def test_frames_are_lines_of_their_stream() -> None:
    assert texts(frame(b"out\n") + frame(b"err\n", 2)) == [("stdout", "out"), ("stderr", "err")]


def test_a_terminals_text_needs_no_frames() -> None:
    assert texts(STAMP + b"one\r\n" + STAMP + b"two\r\n") == [("stdout", "one"), ("stdout", "two")]


def test_parts_of_a_long_line_are_joined_within_their_stream() -> None:
    said = frame(b"lo") + frame(b"err\n", 2) + frame(b"ng\n")

    assert texts(said) == [("stderr", "err"), ("stdout", "long")]


def test_a_line_that_was_never_ended_is_told_at_the_end() -> None:
    assert texts(frame(b"begun")) == [("stdout", "begun")]


def test_an_endless_line_is_told_in_pieces() -> None:
    told = texts(*[frame(b"x" * 16384)] * 40)

    assert len(told) == 3
    assert sum(len(text) for _, text in told) == 40 * 16384


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert texts(frame(b"\xff\xfe\n")) == [("stdout", "\ufffd\ufffd")]


@given(
    st.lists(
        st.tuples(st.binary(max_size=40).map(lambda text: text.replace(b"\n", b"") + b"\n"), st.sampled_from([1, 2]))
    ),
    st.lists(st.integers(0, 2000)),
)
def test_where_the_stream_is_cut_does_not_matter(said: list[tuple[bytes, int]], cuts: list[int]) -> None:
    data = b"".join(frame(text, stream) for text, stream in said)
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})

    pieces = [data[start:end] for start, end in pairwise(places)]

    assert lines(*pieces) == lines(data)


@given(st.lists(st.dictionaries(st.text(), st.text() | st.integers())), st.integers(1, 7))
def test_json_values_survive_any_cut(values: list[dict[str, str | int]], size: int) -> None:
    data = b"".join(json.dumps(value).encode() + b"\n" for value in values)
    cut = JsonLines()

    read = [value for start in range(0, len(data), size) for value in cut.feed(data[start : start + size])]

    assert read == values
